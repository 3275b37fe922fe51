import { warmUpPlans } from '../../shared/usecases/plans/warm-up-plans.ts';
import { resetDue } from '../../shared/usecases/rollover/reset-due.ts';
import { planRefreshDeps } from '../runtime/composition/caches.ts';
import { sweepDeps } from '../runtime/composition/core.ts';
import { jobHandler } from './job-handler.ts';

/**
 * Closes ended periods, holds and plans of idle accounts: of all users, of one, or of one ahead of time. It
 * also refreshes the cache of plans, which an edit may have failed to update.
 */
export const handler = jobHandler('quota-reset', async ({ userId, types, force }, context) => {
  if (userId === undefined) await warmUpPlans(planRefreshDeps());
  return resetDue(sweepDeps(), { userId, features: types, force }, context);
});
