import { warmUpPlans } from '../../shared/usecases/plans/warm-up-plans.ts';
import { resetDue } from '../../shared/usecases/rollover/reset-due.ts';
import { planRefreshDeps, sweepDeps } from '../runtime/composition/core.ts';
import { jobHandler } from './job-handler.ts';

/**
 * Closes what is over in accounts that nobody has asked for: of all users, of one, or of one ahead of time. It tells the
 * cache of plans, too, what an edit may not have reached it with.
 */
export const handler = jobHandler('quota-reset', async ({ userId, types, force }, context) => {
  if (userId === undefined) await warmUpPlans(planRefreshDeps());
  return resetDue(sweepDeps(), { userId, features: types, force }, context);
});
