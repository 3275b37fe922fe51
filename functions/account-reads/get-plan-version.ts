import { readPlanVersion } from '../../shared/usecases/plans/read-plan-versions.ts';
import { getPlanVersionRequest } from '../http/requests/plan-requests.ts';
import { taggedPlan, unknownPlanVersion } from '../http/responses/plan-view.ts';
import { httpRoute } from '../http/route.ts';
import { planDeps } from '../runtime/composition/core.ts';

/** Returns one version of a plan. */
export const route = httpRoute('getPlanVersion', getPlanVersionRequest, async ({ path }) => {
  const plan = await readPlanVersion(planDeps(), path.planId, Number(path.version));
  return plan ? taggedPlan(plan, 200) : { problem: unknownPlanVersion(path.planId, path.version) };
});
