import { putPlan } from '../../shared/usecases/plans/put-plan.ts';
import { invalidRequest } from '../http/problems.ts';
import { putPlanRequest } from '../http/requests/plan-requests.ts';
import { replyToEdit } from '../http/responses/plan-view.ts';
import { httpRoute } from '../http/route.ts';
import { planEditDeps } from '../runtime/composition/caches.ts';

/** Replaces a plan's content: 201 for a new plan, otherwise 200 with the version that has it. */
export const route = httpRoute('putPlan', putPlanRequest, async ({ path, body, expected }) => {
  const outcome = await putPlan(planEditDeps(), path.planId, body, expected);
  if (outcome.code !== 'price_taken') return replyToEdit(outcome, path.planId);
  const { priceId, planId } = outcome;
  const [name] = Object.entries(body.prices ?? {}).find(([, id]) => id === priceId) ?? [];
  const message = `${priceId} belongs to the plan "${planId}": remove it there first`;
  return { problem: invalidRequest([{ path: `prices.${name}`, message, code: 'price_taken' }]) };
});
