import type { PlanStore } from '../../adapters/dynamodb/plan-store.ts';
import type { PageRequest, RecordPage } from '../../adapters/dynamodb/record-page.ts';
import type { Plan } from '../../domain/plan.ts';

export type PlanPage = RecordPage<Plan>;

export interface ListPlansDeps {
  readonly plans: Pick<PlanStore, 'page'>;
}

/** Returns a page of the plans, each in its newest version, ordered by id. */
export async function listPlans({ plans }: ListPlansDeps, { limit, after }: PageRequest): Promise<PlanPage> {
  return plans.page(limit, after);
}
