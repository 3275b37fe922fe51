import { readPlan } from '../../shared/usecases/read-plan.ts';
import { planReadingView, planTag, unknownPlan } from '../replies/plan-view.ts';
import { readDeps, redisAllowance } from '../runtime/composition.ts';
import { httpHandler } from '../runtime/http-handler.ts';
import { freshnessAsked } from '../schemas/freshness.ts';
import { getPlanRequest } from '../schemas/plan-requests.ts';

/** A plan's newest version. */
export const handler = httpHandler('getPlan', getPlanRequest, async ({ path: { planId }, query }) => {
  const read = () => readPlan(readDeps().plans, planId, freshnessAsked(query));
  const reading = await redisAllowance().spend(read);
  if (!reading) return { problem: unknownPlan(planId) };
  return { status: 200, body: planReadingView(reading), headers: planTag(reading.plan) };
});
