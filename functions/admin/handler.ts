import { groupHandler } from '../http/handler.ts';
import { openTable } from '../runtime/composition/open-table.ts';
import { route as getCacheStats } from './cache-stats.ts';
import { route as createApiKey } from './create-api-key.ts';
import { route as listJobRuns } from './list-job-runs.ts';
import { route as putPlan } from './put-plan.ts';
import { route as restorePlanVersion } from './restore-plan-version.ts';
import { route as revokeApiKey } from './revoke-api-key.ts';
import { route as runJob } from './run-job.ts';
import { route as setUserPlan } from './set-plan.ts';
import { route as warmUpCache } from './warm-up-cache.ts';

await openTable();

/** Serves the operator's routes: plans, keys, caches and jobs. */
export const handler = groupHandler('admin', {
  getCacheStats,
  createApiKey,
  listJobRuns,
  putPlan,
  restorePlanVersion,
  revokeApiKey,
  runJob,
  setUserPlan,
  warmUpCache,
});
