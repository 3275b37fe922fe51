import { setUserPlan } from '../../shared/usecases/plans/set-user-plan.ts';
import { scheduleOf, setUserPlanRequest } from '../http/requests/user-requests.ts';
import { unknownPlan } from '../http/responses/plan-view.ts';
import { replyToChange } from '../http/responses/quota-reply.ts';
import { httpRoute } from '../http/route.ts';
import { planChangeDeps } from '../runtime/composition/caches.ts';

/** Changes a user's plan at once: limits change by their difference, usage stays. */
export const route = httpRoute('setUserPlan', setUserPlanRequest, async ({ path, body, idempotencyKey }) => {
  const { userId } = path;
  const { planId } = body;
  const deps = planChangeDeps();
  const outcome = await setUserPlan(deps, { userId, planId, schedule: scheduleOf(body), idempotencyKey });
  if (outcome.code === 'unknown_plan') return { problem: unknownPlan(planId) };
  return replyToChange(outcome, { userId, amounts: new Map(), about: 'account' }, deps.now());
});
