import { readPlan } from '../../shared/usecases/read-plan.ts';
import { planReadingView, unknownPlan } from '../replies/plan-view.ts';
import { readDeps, redisAllowance } from '../runtime/composition.ts';
import { httpHandler } from '../runtime/http-handler.ts';
import { freshnessAsked } from '../schemas/freshness.ts';
import { getPlanRequest } from '../schemas/plan-requests.ts';

/** A plan's newest version. */
export const handler = httpHandler('getPlan', getPlanRequest, async ({ path: { planId }, query }) => {
  const read = () => readPlan(readDeps().plans, planId, freshnessAsked(query));
  const reading = await redisAllowance().spend(read);
  return reading ? { status: 200, body: planReadingView(reading) } : { problem: unknownPlan(planId) };
});
