import { putPlan } from '../../shared/usecases/put-plan.ts';
import { planView } from '../replies/plan-view.ts';
import { planEditDeps } from '../runtime/composition.ts';
import { httpHandler } from '../runtime/http-handler.ts';
import { putPlanRequest } from '../schemas/plan-requests.ts';

/** Gives a plan new content: 201 for a new plan, otherwise 200 with the version that has it. */
export const handler = httpHandler('putPlan', putPlanRequest, async ({ path, body }) => {
  const { code, plan } = await putPlan(planEditDeps(), path.planId, body);
  return { status: code === 'created' ? 201 : 200, body: planView(plan) };
});
