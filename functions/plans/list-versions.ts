import { planVersionsView, unknownPlan } from '../replies/plan-view.ts';
import { planDeps } from '../runtime/composition.ts';
import { httpHandler } from '../runtime/http-handler.ts';
import { pageAsked } from '../schemas/page.ts';
import { listPlanVersionsRequest } from '../schemas/plan-requests.ts';

/** A page of a plan's versions, the newest first. */
export const handler = httpHandler('listPlanVersions', listPlanVersionsRequest, async ({ path, query }) => {
  const { limit, after } = pageAsked(query);
  const from = after === undefined ? undefined : Number(after);
  const page = await planDeps().plans.versionPage(path.planId, limit, from);
  if (!page) return { problem: unknownPlan(path.planId) };
  return { status: 200, body: planVersionsView(path.planId, page) };
});
