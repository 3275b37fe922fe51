import { listPlans } from '../../shared/usecases/plans/list-plans.ts';
import { pageAsked } from '../http/requests/page.ts';
import { listPlansRequest } from '../http/requests/plan-requests.ts';
import { planListView } from '../http/responses/plan-view.ts';
import { httpRoute } from '../http/route.ts';
import { planDeps } from '../runtime/composition/core.ts';

/** Returns a page of the newest versions of the plans, by id. */
export const route = httpRoute('listPlans', listPlansRequest, async ({ query }) => {
  const page = await listPlans(planDeps(), pageAsked(query));
  return { status: 200, body: planListView(page) };
});
