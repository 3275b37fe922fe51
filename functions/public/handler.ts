import { groupHandler } from '../http/handler.ts';
import { openTable } from '../runtime/composition/open-table.ts';
import { route as getHealth } from './health.ts';
import { route as getOpenApi } from './openapi.ts';

await openTable();

/** Serves the routes without a key. */
export const handler = groupHandler('public', { getHealth, getOpenApi });
