import { readPlan } from '../../shared/usecases/plans/read-plan.ts';
import { freshnessAsked } from '../http/requests/freshness.ts';
import { getPlanRequest } from '../http/requests/plan-requests.ts';
import { planReadingView, planTag, unknownPlan } from '../http/responses/plan-view.ts';
import { httpRoute } from '../http/route.ts';
import { readDeps, redisTimeBudget } from '../runtime/composition/caches.ts';

/** Returns a plan's newest version. */
export const route = httpRoute('getPlan', getPlanRequest, async ({ path: { planId }, query }) => {
  const read = () => readPlan(readDeps().plans, planId, freshnessAsked(query));
  const reading = await redisTimeBudget().spend(read);
  if (!reading) return { problem: unknownPlan(planId) };
  return { status: 200, body: planReadingView(reading), headers: planTag(reading.plan) };
});
