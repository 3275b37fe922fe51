import { groupHandler } from '../http/handler.ts';
import { warmUpHealth } from '../runtime/composition/warm-up.ts';
import { route as getHealth } from './health.ts';
import { route as getOpenApi } from './openapi.ts';

await warmUpHealth();

/** Serves the routes without a key. */
export const handler = groupHandler('public', { getHealth, getOpenApi });
