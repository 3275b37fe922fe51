import { planView, unknownPlan } from '../replies/plan-view.ts';
import { planDeps } from '../runtime/composition.ts';
import { httpHandler } from '../runtime/http-handler.ts';
import { getPlanRequest } from '../schemas/plan-requests.ts';

/** A plan's newest version. */
export const handler = httpHandler('getPlan', getPlanRequest, async ({ path: { planId } }) => {
  const plan = await planDeps().plans.newest(planId);
  return plan ? { status: 200, body: planView(plan) } : { problem: unknownPlan(planId) };
});
