import type { PlanStore } from '../../adapters/dynamodb/plan-store.ts';
import type { Schedule } from '../../domain/account.ts';
import { applyPlan } from '../../domain/plan.ts';
import { identifyOperation } from '../ledger/identify-operation.ts';
import { type ChangeAccountDeps, type ChangeOutcome, changeAccount } from '../quota/change-account.ts';
import { type RefreshUserCacheDeps, refreshUserCache } from '../quota/refresh-user-cache.ts';

export interface SetUserPlanDeps extends ChangeAccountDeps, RefreshUserCacheDeps {
  readonly plans: ChangeAccountDeps['plans'] & Pick<PlanStore, 'newest'>;
}

export interface SetUserPlanRequest {
  readonly userId: string;
  readonly planId: string;
  /** A new calendar for future periods: open ones keep their end. */
  readonly schedule?: Partial<Pick<Schedule, 'timeZone' | 'anchor'>> | undefined;
  readonly idempotencyKey?: string | undefined;
}

/**
 * Moves a user to a plan's newest version: limits change by their difference, usage stays. `unknown_plan` if
 * there is no such plan.
 */
export async function setUserPlan(
  deps: SetUserPlanDeps,
  { userId, planId, schedule, idempotencyKey }: SetUserPlanRequest,
): Promise<ChangeOutcome<never> | { readonly code: 'unknown_plan' }> {
  const arrivedAt = deps.now();
  const plan = await deps.plans.newest(planId);
  if (!plan) return { code: 'unknown_plan' };
  const amounts = new Map<string, number>();
  const extra = JSON.stringify([planId, schedule?.timeZone, schedule?.anchor]);
  const outcome = await changeAccount<never>(deps, {
    userId,
    kind: 'plan',
    operation: identifyOperation('plan', { idempotencyKey, amounts }, arrivedAt, extra),
    amounts,
    arrivedAt,
    step: (account, now) => {
      const isNew = account.version === 0;
      const scheduled = {
        ...account,
        schedule: { ...account.schedule, ...schedule },
        ...(isNew && { counters: new Map() }),
      };
      return { account: applyPlan(scheduled, plan, now) };
    },
  });
  if (outcome.code === 'changed') await refreshUserCache(deps, outcome.account);
  return outcome;
}
