import type { PlanStore } from '../../adapters/dynamodb/plan-store.ts';
import { type ExpectedVersion, restoringEdit } from '../../domain/plan-edit.ts';
import { type PutPlanDeps, type PutPlanOutcome, putPlan } from './put-plan.ts';

export interface RestorePlanDeps extends PutPlanDeps {
  readonly plans: PutPlanDeps['plans'] & Pick<PlanStore, 'version'>;
}

/**
 * Restores the content of an earlier version of a plan, as its next version. Versions are never changed or
 * removed, so a restore can be undone the same way. `unknown_version`: the plan never had it.
 */
export async function restorePlan(
  deps: RestorePlanDeps,
  planId: string,
  version: number,
  expected?: ExpectedVersion,
): Promise<PutPlanOutcome | { readonly code: 'unknown_version' }> {
  const earlier = await deps.plans.version(planId, version);
  if (!earlier) return { code: 'unknown_version' };
  return putPlan(deps, planId, restoringEdit(earlier), expected);
}
