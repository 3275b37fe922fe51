import type { PlanStore } from '../../adapters/dynamodb/plan-store.ts';
import { type Account, FAR_FUTURE } from '../../domain/account.ts';
import type { PlansAhead } from '../../domain/retry-instant.ts';

export interface PlansAheadDeps {
  readonly plans: Pick<PlanStore, 'recent'>;
  readonly defaultPlanId: string;
}

/**
 * The plans that an account will be on while nothing but time passes, as they were at most a second ago; `undefined`: its
 * plan does not exist any more.
 */
export async function findPlansAhead(
  { plans, defaultPlanId }: PlansAheadDeps,
  { plan, validUntil }: Account,
): Promise<PlansAhead | undefined> {
  const { plan: own } = await plans.recent(plan.id);
  const afterwards = validUntil < FAR_FUTURE ? (await plans.recent(defaultPlanId)).plan : undefined;
  return own && { own, afterwards };
}
