import { planView, unknownPlan } from '../replies/plan-view.ts';
import { readDeps } from '../runtime/composition.ts';
import { httpHandler } from '../runtime/http-handler.ts';
import { getPlanRequest } from '../schemas/plan-requests.ts';

/** A plan's newest version. */
export const handler = httpHandler('getPlan', getPlanRequest, async ({ path: { planId } }) => {
  const plan = await readDeps().plans.current(planId);
  return plan ? { status: 200, body: planView(plan) } : { problem: unknownPlan(planId) };
});
