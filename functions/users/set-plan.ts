import { setUserPlan } from '../../shared/usecases/set-user-plan.ts';
import { unknownPlan } from '../replies/plan-view.ts';
import { replyToChange } from '../replies/quota-reply.ts';
import { planChangeDeps } from '../runtime/composition.ts';
import { httpHandler } from '../runtime/http-handler.ts';
import { scheduleOf, setUserPlanRequest } from '../schemas/user-requests.ts';

/** Puts a user on a plan now: limits move by their difference, usage stays. */
export const handler = httpHandler(
  'setUserPlan',
  setUserPlanRequest,
  async ({ path, body, idempotencyKey }) => {
    const { userId } = path;
    const { planId } = body;
    const deps = planChangeDeps();
    const outcome = await setUserPlan(deps, { userId, planId, schedule: scheduleOf(body), idempotencyKey });
    if (outcome.code === 'unknown_plan') return { problem: unknownPlan(planId) };
    return replyToChange(outcome, { userId, amounts: new Map(), about: 'account' }, deps.now());
  },
);
