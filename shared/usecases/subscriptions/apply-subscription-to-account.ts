import type { PlanStore } from '../../adapters/dynamodb/plan-store.ts';
import type { Account } from '../../domain/account.ts';
import type { Plan } from '../../domain/plan.ts';
import { applySubscription } from '../../domain/subscriptions/apply-subscription.ts';
import { entitlement, type Subscription } from '../../domain/subscriptions/subscription.ts';
import { identifyOperation } from '../ledger/identify-operation.ts';
import { type ChangeAccountDeps, changeAccount, type Step } from '../quota/change-account.ts';
import { type RefreshUserCacheDeps, refreshUserCache } from '../quota/refresh-user-cache.ts';

export interface ApplySubscriptionDeps extends ChangeAccountDeps, RefreshUserCacheDeps {
  readonly plans: ChangeAccountDeps['plans'] & Pick<PlanStore, 'newest'>;
}

/**
 * Applies a saved version of a user's subscription to the account. `changed` is `false` if the account has it
 * already, or follows a later version.
 */
export async function applySubscriptionToAccount(
  deps: ApplySubscriptionDeps,
  subscription: Subscription,
): Promise<{ readonly account: Account; readonly changed: boolean }> {
  const { userId, planId, paidPlanId } = subscription;
  // Any of them may be granted, depending on the instant at which the account is changed.
  const fallback = await requirePlan(deps, deps.defaultPlanId);
  const plans = new Map<string, Plan>();
  for (const id of [planId, paidPlanId]) if (id) plans.set(id, await requirePlan(deps, id));
  const arrivedAt = deps.now();
  const amounts = new Map<string, number>();
  const outcome = await changeAccount<{ code: 'in_line' }>(deps, {
    userId,
    kind: 'plan',
    operation: identifyOperation('plan', { amounts }, arrivedAt, subscription.version),
    amounts,
    arrivedAt,
    step: (account, now): Step<{ code: 'in_line' }> => {
      const entitled = entitlement(subscription, now, deps.defaultPlanId);
      const plan = plans.get(entitled.planId) ?? fallback;
      const next = applySubscription(account, subscription, plan, entitled, now);
      return next ? { account: next, details: { reason: 'subscription' } } : { denial: { code: 'in_line' } };
    },
  });
  if (!('account' in outcome)) throw new Error('an operation id was minted twice');
  const { account, code } = outcome;
  const changed = code !== 'denied';
  if (changed) await refreshUserCache(deps, account);
  return { account, changed };
}

async function requirePlan({ plans }: ApplySubscriptionDeps, planId: string): Promise<Plan> {
  const plan = await plans.newest(planId);
  if (!plan) throw new Error(`the plan "${planId}" is in use but does not exist`);
  return plan;
}
