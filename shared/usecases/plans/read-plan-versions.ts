import type { PlanStore } from '../../adapters/dynamodb/plan-store.ts';
import type { PageRequest } from '../../adapters/dynamodb/record-page.ts';
import type { Plan } from '../../domain/plan.ts';
import type { PlanPage } from './list-plans.ts';

export interface ReadPlanVersionsDeps {
  readonly plans: Pick<PlanStore, 'version' | 'versionPage'>;
}

/** Returns one version of a plan; `undefined`: it does not exist. */
export async function readPlanVersion(
  { plans }: Pick<ReadPlanVersionsDeps, 'plans'>,
  planId: string,
  version: number,
): Promise<Plan | undefined> {
  return plans.version(planId, version);
}

/** Returns a page of a plan's versions, newest first; `undefined`: the plan does not exist. */
export async function listPlanVersions(
  { plans }: ReadPlanVersionsDeps,
  planId: string,
  { limit, after }: PageRequest,
): Promise<PlanPage | undefined> {
  return plans.versionPage(planId, limit, after === undefined ? undefined : Number(after));
}
