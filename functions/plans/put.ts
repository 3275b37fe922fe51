import { putPlan } from '../../shared/usecases/put-plan.ts';
import { replyToEdit } from '../replies/plan-view.ts';
import { planEditDeps } from '../runtime/composition.ts';
import { httpHandler } from '../runtime/http-handler.ts';
import { invalidRequest } from '../runtime/problems.ts';
import { putPlanRequest } from '../schemas/plan-requests.ts';

/** Gives a plan new content: 201 for a new plan, otherwise 200 with the version that has it. */
export const handler = httpHandler('putPlan', putPlanRequest, async ({ path, body, expected }) => {
  const outcome = await putPlan(planEditDeps(), path.planId, body, expected);
  if (outcome.code !== 'price_taken') return replyToEdit(outcome, path.planId);
  const { priceId, planId } = outcome;
  const [name] = Object.entries(body.prices ?? {}).find(([, id]) => id === priceId) ?? [];
  const message = `${priceId} belongs to the plan "${planId}": remove it there first`;
  return { problem: invalidRequest([{ path: `prices.${name}`, message, code: 'price_taken' }]) };
});
