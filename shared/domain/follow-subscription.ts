import type { Account } from './account.ts';
import { alignBilling, billingPeriodAt, billingTime } from './billing-period.ts';
import { applyPlan, type Plan } from './plan.ts';
import type { Entitlement, Subscription } from './subscription.ts';

/**
 * The account in line with a subscription at `now` (epoch ms): on the plan it entitles to, as long as it does, in
 * Stripe's billing periods. `undefined` where there is nothing to change, or where the account already follows a later
 * version of the subscription.
 *
 * An account that has taken a version up is compared all the same while the subscription grants something: Stripe wins.
 * Once it grants nothing, a plan that was set by hand since then stays.
 *
 * @param plan the newest version of the plan that `entitlement` names
 */
export function followSubscription(
  account: Account,
  subscription: Subscription,
  plan: Plan,
  { planId, validUntil, isGranted }: Entitlement,
  now: number,
): Account | undefined {
  const known = account.subscriptionVersion;
  if (known > subscription.version) return undefined;
  if (known === subscription.version && !isGranted) return undefined;

  const { billingAnchor, billingMonths, currentPeriodStart, currentPeriodEnd, version } = subscription;
  const scheduled: Account = {
    ...account,
    validUntil,
    subscriptionVersion: version,
    // What is not paid for has no long period.
    schedule: { ...account.schedule, billingAnchor, billingMonths: isGranted ? billingMonths : 1 },
    // An account nobody has seen has nothing yet that another plan would have to carry on.
    ...(account.version === 0 && { counters: new Map() }),
  };
  const said = isGranted ? { start: currentPeriodStart, end: currentPeriodEnd } : undefined;
  const period = billingPeriodAt(scheduled.schedule, said, billingTime(scheduled, now));
  const aligned = alignBilling(scheduled, period);
  const isNewPlan = account.version === 0 || account.plan.id !== planId || aligned.opened;
  // A counter that the plan brings along ends with the period that the anchor makes of now: Stripe's may be another.
  const next = isNewPlan
    ? alignBilling(applyPlan(aligned.account, plan, now), period).account
    : aligned.account;
  return known === version && isSame(account, next) ? undefined : next;
}

/** Whether a subscription's news would change nothing. */
function isSame(account: Account, next: Account): boolean {
  return (
    account.version !== 0 &&
    account.plan.id === next.plan.id &&
    account.validUntil === next.validUntil &&
    account.schedule.billingAnchor === next.schedule.billingAnchor &&
    account.schedule.billingMonths === next.schedule.billingMonths &&
    JSON.stringify([...next.counters]) === JSON.stringify([...account.counters])
  );
}
