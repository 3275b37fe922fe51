import { planListView } from '../replies/plan-view.ts';
import { planDeps } from '../runtime/composition.ts';
import { httpHandler } from '../runtime/http-handler.ts';
import { pageAsked } from '../schemas/page.ts';
import { listPlansRequest } from '../schemas/plan-requests.ts';

/** A page of the newest versions of the plans, by id. */
export const handler = httpHandler('listPlans', listPlansRequest, async ({ query }) => {
  const { limit, after } = pageAsked(query);
  return { status: 200, body: planListView(await planDeps().plans.page(limit, after)) };
});
