import type { Account, UsedPayments } from '../account.ts';
import { alignBilling, billingPeriodAt, billingTime, joinPeriod, type Opening } from '../billing-period.ts';
import { applyPlan, type Plan } from '../plan.ts';
import type { Entitlement, Subscription } from './subscription.ts';

/**
 * Applies a subscription to an account at `now` (epoch ms): the plan that it entitles to, until the
 * entitlement ends, in Stripe's billing periods. `undefined` if nothing changes, or if the account already
 * follows a later version of the subscription.
 *
 * A version that was applied before is applied again while the subscription grants a plan: Stripe wins. While
 * the subscription grants nothing, the account keeps its plan, which an operator may have set.
 *
 * @param plan the newest version of the plan that `entitlement` names
 */
export function applySubscription(
  account: Account,
  subscription: Subscription,
  plan: Plan,
  entitlement: Entitlement,
  now: number,
): Account | undefined {
  const { version } = subscription;
  if (account.subscriptionVersion > version) return undefined;
  const isNewer = account.subscriptionVersion < version;
  if (!entitlement.isGranted && !account.isSubscribed)
    return isNewer ? { ...account, subscriptionVersion: version } : undefined;
  const next = inLine(account, subscription, plan, entitlement, now);
  return isNewer || !isSame(account, next) ? next : undefined;
}

function inLine(
  account: Account,
  subscription: Subscription,
  plan: Plan,
  { planId, validUntil, isGranted }: Entitlement,
  now: number,
): Account {
  const { billingAnchor, billingMonths, currentPeriodStart, currentPeriodEnd, version } = subscription;
  const scheduled: Account = {
    ...account,
    validUntil,
    subscriptionVersion: version,
    isSubscribed: isGranted,
    // A plan that is not paid for has no long period.
    schedule: { ...account.schedule, billingAnchor, billingMonths: isGranted ? billingMonths : 1 },
    // A new account has no counters that another plan would have to keep.
    ...(account.version === 0 && { counters: new Map() }),
  };
  const reported = isGranted ? { start: currentPeriodStart, end: currentPeriodEnd } : undefined;
  const period = billingPeriodAt(scheduled.schedule, reported, billingTime(scheduled, now));
  const opening = period === reported ? openingOf(account, subscription) : 'none';
  const aligned = alignBilling(scheduled, period, opening);
  const isNewPlan = account.version === 0 || account.plan.id !== planId || aligned.opened;
  const next = isNewPlan
    ? joinPeriod(applyPlan(aligned.account, plan, now), aligned.account, period)
    : aligned.account;
  return period === reported
    ? { ...next, usedPayments: usedPayments(next, subscription, aligned.opened) }
    : next;
}

/**
 * Which counters the payment of the current period opens. Time opens the period of a renewal: it starts where
 * the previous one ended. A counter that starts with any other period was open before the payment, unless
 * this payment has opened it already.
 */
function openingOf({ usedPayments: used }: Account, subscription: Subscription): Opening {
  const { paidInvoiceId, isPaidRenewal, currentPeriodStart } = subscription;
  if (paidInvoiceId === null || used?.invoiceIds.includes(paidInvoiceId)) return 'none';
  const isEarlier = used !== null && currentPeriodStart < used.periodStart;
  return isPaidRenewal || isEarlier ? 'earlier' : 'earlier or equal';
}

/**
 * The used payments, including the current period's. They are remembered while a counter starts with the
 * period that they opened, since another subscription may govern in between. Counters that start later no
 * longer need them.
 */
function usedPayments(account: Account, subscription: Subscription, isOpened: boolean): UsedPayments | null {
  const { paidInvoiceId, isPaidRenewal, currentPeriodStart: periodStart } = subscription;
  const used = isPast(account) ? null : account.usedPayments;
  const isUsed = paidInvoiceId === null || isPaidRenewal || used?.invoiceIds.includes(paidInvoiceId);
  if (isUsed || (used && periodStart < used.periodStart)) return used;
  const earlier = used?.periodStart === periodStart ? used.invoiceIds : [];
  const known = account.usedPayments?.periodStart === periodStart ? account.usedPayments : undefined;
  const openedAfter = isOpened ? account.version : known?.openedAfter;
  const invoiceIds = [...earlier, paidInvoiceId];
  return { periodStart, invoiceIds, ...(openedAfter !== undefined && { openedAfter }) };
}

function isPast({ counters, usedPayments: used }: Account): boolean {
  const cycles = [...counters.values()].flat().filter(({ interval }) => interval === 'billing_cycle');
  return (
    used !== null && cycles.length > 0 && cycles.every(({ periodStart }) => periodStart > used.periodStart)
  );
}

/** Whether applying the subscription changes nothing. */
function isSame(account: Account, next: Account): boolean {
  return (
    account.version !== 0 &&
    account.plan.id === next.plan.id &&
    account.validUntil === next.validUntil &&
    account.isSubscribed === next.isSubscribed &&
    account.schedule.billingAnchor === next.schedule.billingAnchor &&
    account.schedule.billingMonths === next.schedule.billingMonths &&
    JSON.stringify([account.usedPayments, ...account.counters]) ===
      JSON.stringify([next.usedPayments, ...next.counters])
  );
}
