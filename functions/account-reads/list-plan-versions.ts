import { listPlanVersions } from '../../shared/usecases/plans/read-plan-versions.ts';
import { pageAsked } from '../http/requests/page.ts';
import { listPlanVersionsRequest } from '../http/requests/plan-requests.ts';
import { planVersionsView, unknownPlan } from '../http/responses/plan-view.ts';
import { httpRoute } from '../http/route.ts';
import { planDeps } from '../runtime/composition/core.ts';

/** Returns a page of a plan's versions, newest first. */
export const route = httpRoute('listPlanVersions', listPlanVersionsRequest, async ({ path, query }) => {
  const page = await listPlanVersions(planDeps(), path.planId, pageAsked(query));
  if (!page) return { problem: unknownPlan(path.planId) };
  return { status: 200, body: planVersionsView(path.planId, page) };
});
