import { taggedPlan, unknownPlanVersion } from '../replies/plan-view.ts';
import { planDeps } from '../runtime/composition.ts';
import { httpHandler } from '../runtime/http-handler.ts';
import { getPlanVersionRequest } from '../schemas/plan-requests.ts';

/** One version of a plan. */
export const handler = httpHandler('getPlanVersion', getPlanVersionRequest, async ({ path }) => {
  const plan = await planDeps().plans.version(path.planId, Number(path.version));
  return plan ? taggedPlan(plan, 200) : { problem: unknownPlanVersion(path.planId, path.version) };
});
