import { groupHandler } from '../http/handler.ts';
import { openTable } from '../runtime/composition/open-table.ts';
import { route as reportUsage } from './report-usage.ts';
import { route as getTopUsers } from './top-users.ts';

await openTable();

/** Serves the reports on all users, which take long and read metrics. */
export const handler = groupHandler('reports', { reportUsage, getTopUsers });
