import { planView } from '../replies/plan-view.ts';
import { planDeps } from '../runtime/composition.ts';
import { httpHandler } from '../runtime/http-handler.ts';

/** The newest version of every plan. */
export const handler = httpHandler('listPlans', {}, async () => {
  const plans = await planDeps().plans.list();
  return { status: 200, body: { plans: plans.map(planView) } };
});
