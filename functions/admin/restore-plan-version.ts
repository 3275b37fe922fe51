import { restorePlan } from '../../shared/usecases/plans/restore-plan.ts';
import { restorePlanVersionRequest } from '../http/requests/plan-requests.ts';
import { priceTaken, replyToEdit, unknownPlanVersion } from '../http/responses/plan-view.ts';
import { httpRoute } from '../http/route.ts';
import { planEditDeps } from '../runtime/composition/caches.ts';

/** Restores a version of a plan: its content becomes the next version. */
export const route = httpRoute(
  'restorePlanVersion',
  restorePlanVersionRequest,
  async ({ path: { planId, version }, expected }) => {
    const outcome = await restorePlan(planEditDeps(), planId, Number(version), expected);
    if (outcome.code === 'unknown_version') return { problem: unknownPlanVersion(planId, version) };
    if (outcome.code === 'price_taken') return { problem: priceTaken(outcome) };
    return replyToEdit(outcome, planId);
  },
);
