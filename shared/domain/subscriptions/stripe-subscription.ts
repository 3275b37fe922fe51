import { type Billed, type Failure, firstFailure, paymentOfPeriod } from './invoice-standing.ts';
import { priceIdOf, type StripeInvoice } from './stripe-invoice.ts';
import { statusRule } from './stripe-status.ts';
import type { SubscriptionState } from './subscription.ts';

/** The used part of Stripe's subscription, as its API sends it. Times are epoch seconds. */
export interface StripeSubscription {
  readonly id: string;
  readonly status: string;
  /** The expanded customer, or its id. A deleted customer has no metadata. */
  readonly customer: string | { readonly id: string; readonly metadata?: Readonly<Record<string, string>> };
  readonly created: number;
  readonly billing_cycle_anchor: number;
  readonly cancel_at: number | null;
  readonly cancel_at_period_end: boolean;
  readonly ended_at: number | null;
  readonly trial_end: number | null;
  readonly metadata: Readonly<Record<string, string>>;
  readonly items: { readonly data: readonly StripeItem[] };
  readonly latest_invoice: string | { readonly id: string } | null;
  /** Its invoices, the newest first; added by this service. Absent in a list. */
  readonly invoices?: readonly StripeInvoice[] | undefined;
}

/**
 * The current period belongs to the items: since the API version 2025-03-31 the subscription itself has none.
 */
export interface StripeItem {
  readonly price: {
    readonly id: string;
    readonly recurring: { readonly interval: string; readonly interval_count: number } | null;
  };
  readonly current_period_start: number;
  readonly current_period_end: number;
}

/** Price id → plan id. */
export type PlanOfPrice = ReadonlyMap<string, string>;

/** How long the last paid plan is granted at least after the first failed payment. */
export const GRACE_MS = 7 * 24 * 3_600_000;

/** An active subscription ranks as past due while an invoice is unpaid. */
function rankOf({ status, isUnpaid = false }: Candidate): number {
  return statusRule(isUnpaid ? 'past_due' : status).rank;
}

/** The fields that decide between two subscriptions of one user. */
type Candidate = Pick<StripeSubscription, 'id' | 'status' | 'created'> & {
  /** Whether an invoice failed and is open although the status is active. */ readonly isUnpaid?: boolean;
};

/**
 * Returns the governing subscription of a user: the one with the lowest rank, of those the latest one, of
 * those created in the same second the one whose id sorts last. The order of the list does not matter.
 */
export function governingSubscription<T extends Candidate>(list: Iterable<T>): T | undefined {
  let best: T | undefined;
  for (const candidate of list) if (!best || precedes(candidate, best)) best = candidate;
  return best;
}

/** Sorts a user's subscriptions, the governing one first. */
export function rankSubscriptions<T extends Candidate>(list: readonly T[]): T[] {
  return [...list].sort((a, b) => (precedes(a, b) ? -1 : 1));
}

function precedes(a: Candidate, b: Candidate): boolean {
  if (rankOf(a) !== rankOf(b)) return rankOf(a) < rankOf(b);
  return a.created !== b.created ? a.created > b.created : a.id > b.id;
}

/**
 * Whether a subscription continues, or would once paid, so that the user would pay twice for a second one.
 */
export function isRunning({ status }: Pick<StripeSubscription, 'status'>): boolean {
  return statusRule(status).isRunning;
}

/**
 * Whether a plan has one of the subscription's prices. Otherwise the subscription is a stranger's and is
 * ignored.
 */
export function buysPlan(subscription: StripeSubscription, planOfPrice: PlanOfPrice): boolean {
  return itemOf(subscription, planOfPrice) !== undefined;
}

/** A subscription that buys a plan, with the input of its rank. */
export type PlanSubscription = StripeSubscription & {
  /** Whether an invoice failed and is open although the status is active. */ readonly isUnpaid: boolean;
};

/**
 * Returns the subscriptions that buy a plan.
 *
 * @param planOfPrice for their prices and those of their invoices
 */
export function planSubscriptions(
  list: readonly StripeSubscription[],
  planOfPrice: PlanOfPrice,
): PlanSubscription[] {
  return list
    .filter((subscription) => buysPlan(subscription, planOfPrice))
    .map((subscription) => ({ ...subscription, isUnpaid: isUnpaid(subscription, planOfPrice) }));
}

export type SubscriptionVerdict = {
  /** Prices of paid subscriptions that no plan has: the operator must fix this. */
  readonly unknownPrices: readonly string[];
} & ({ readonly code: 'none' } | { readonly code: 'known'; readonly state: SubscriptionState });

/**
 * Computes the state of all of a user's subscriptions. Those whose prices no plan has are reported, and
 * otherwise ignored.
 */
export function evaluateSubscriptions(
  list: readonly StripeSubscription[],
  planOfPrice: PlanOfPrice,
): SubscriptionVerdict {
  const own = list.filter((subscription) => buysPlan(subscription, planOfPrice));
  const strangers = list.filter(
    (subscription) => statusRule(subscription.status).grants && !own.includes(subscription),
  );
  const unknownPrices = pricesOf(strangers);
  const best = governingSubscription(planSubscriptions(own, planOfPrice));
  if (!best) return { code: 'none', unknownPrices };
  const state = { ...toState(best, planOfPrice), runningSubscriptions: own.filter(isRunning).length };
  return { code: 'known', state, unknownPrices };
}

/** The first item whose price a plan has. */
function itemOf({ items }: StripeSubscription, planOfPrice: PlanOfPrice): StripeItem | undefined {
  return items.data.find(({ price }) => planOfPrice.has(price.id));
}

/** Maps one of Stripe's subscriptions to the local state: a pure function of Stripe's data. */
export function toState(subscription: StripeSubscription, planOfPrice: PlanOfPrice): SubscriptionState {
  const { status, cancel_at, cancel_at_period_end, created } = subscription;
  const item = itemOf(subscription, planOfPrice) ?? subscription.items.data[0];
  const currentPeriodStart = toMs(item?.current_period_start ?? created);
  const currentPeriodEnd = toMs(item?.current_period_end ?? created);
  const cancelAt = toMsOrNull(cancel_at);
  const endsAt = cancelAt ?? (cancel_at_period_end ? currentPeriodEnd : null);
  return {
    runningSubscriptions: isRunning(subscription) ? 1 : 0,
    planId: planOfPrice.get(item?.price.id ?? '') ?? null,
    priceId: item?.price.id ?? '',
    stripeStatus: status,
    customerId: customerOf(subscription),
    subscriptionId: subscription.id,
    createdAt: toMs(created),
    currentPeriodStart,
    currentPeriodEnd,
    billingAnchor: toMs(subscription.billing_cycle_anchor),
    billingMonths: monthsOf(item),
    // Subscriptions of the flexible billing mode have only `cancel_at`.
    cancelAtPeriodEnd: cancel_at_period_end || (cancelAt !== null && cancelAt === currentPeriodEnd),
    endsAt,
    trialEndsAt: toMsOrNull(subscription.trial_end),
    endedAt: toMsOrNull(subscription.ended_at),
    latestInvoiceId: latestInvoiceOf(subscription) ?? null,
    invoicedPlans: plansOf(furtherPrices(subscription, item), planOfPrice),
    ...toMoney(subscription, planOfPrice),
  };
}

/** The relevant prices besides the item's own. */
function furtherPrices(subscription: StripeSubscription, item: StripeItem | undefined): string[] {
  if (!statusRule(subscription.status).isBilled) return [];
  return invoicedPricesOf([subscription]).filter((priceId) => priceId !== item?.price.id);
}

type Money = Pick<
  SubscriptionState,
  | 'status'
  | 'paidInvoiceId'
  | 'isPaidRenewal'
  | 'unpaidInvoiceId'
  | 'unpaidSince'
  | 'paidPlanId'
  | 'graceEndsAt'
>;

/** Evaluates the invoices: whether the current period was paid for, and what is unpaid. */
function toMoney(subscription: StripeSubscription, planOfPrice: PlanOfPrice): Money {
  const { status, invoices = [] } = subscription;
  const billed = billedOf(subscription, planOfPrice);
  const namesPlan = (priceId: string) => planOfPrice.has(priceId);
  const failure = firstFailure(billed, invoices, namesPlan);
  const { local, grants } = statusRule(status);
  const payment = grants ? paymentOfPeriod(billed, invoices, namesPlan) : undefined;
  const paid = {
    paidInvoiceId: payment?.id ?? null,
    isPaidRenewal: payment?.billing_reason === 'subscription_cycle',
  };
  if (!failure) return { status: local, ...paid, ...NOTHING_UNPAID };
  return {
    // Credit of a later change can make the status active again.
    status: isSent(failure, invoices) ? local : 'PAST_DUE',
    ...paid,
    unpaidInvoiceId: failure.invoiceId ?? null,
    unpaidSince: toMs(failure.since),
    paidPlanId: planOfPrice.get(failure.paid?.priceId ?? '') ?? null,
    // From the failure, not from its event: a late event must not extend the grace.
    graceEndsAt: Math.max(toMs(failure.paid?.until ?? 0), toMs(failure.since) + GRACE_MS),
  };
}

function isUnpaid(subscription: StripeSubscription, planOfPrice: PlanOfPrice): boolean {
  return subscription.status === 'active' && toMoney(subscription, planOfPrice).status === 'PAST_DUE';
}

export const NOTHING_UNPAID = {
  unpaidInvoiceId: null,
  unpaidSince: null,
  paidPlanId: null,
  graceEndsAt: null,
} as const;

/** Whether the failure is of an invoice that is sent, which counts from its due date on. */
function isSent({ invoiceId }: Failure, invoices: readonly StripeInvoice[]): boolean {
  return invoices.some(({ id, due_date }) => id === invoiceId && due_date !== null);
}

function billedOf(subscription: StripeSubscription, planOfPrice: PlanOfPrice): Billed {
  const item = itemOf(subscription, planOfPrice) ?? subscription.items.data[0];
  return {
    status: subscription.status,
    latestInvoiceId: latestInvoiceOf(subscription),
    periodStart: item?.current_period_start ?? subscription.created,
    trialEnd: subscription.trial_end,
  };
}

export function customerOf({ customer }: Pick<StripeSubscription, 'customer'>): string {
  return typeof customer === 'string' ? customer : customer.id;
}

export function latestInvoiceOf({
  latest_invoice: invoice,
}: Pick<StripeSubscription, 'latest_invoice'>): string | undefined {
  return typeof invoice === 'string' ? invoice : invoice?.id;
}

/** Lists the prices of all items of some subscriptions. */
export function pricesOf(list: readonly StripeSubscription[]): string[] {
  return [...new Set(list.flatMap(({ items }) => items.data.map(({ price }) => price.id)))];
}

/** Like `pricesOf`, with the prices on their invoices: a plan may have been paid for by a former price. */
export function invoicedPricesOf(list: readonly StripeSubscription[]): string[] {
  const lines = list.flatMap(({ invoices = [] }) => invoices.flatMap((invoice) => invoice.lines.data));
  return [...new Set([...pricesOf(list), ...lines.flatMap((line) => priceIdOf(line) ?? [])])];
}

/** Returns the plan of each price; `null`: none. */
export function plansOf(
  priceIds: readonly string[],
  planOfPrice: PlanOfPrice,
): Readonly<Record<string, string | null>> {
  return Object.fromEntries(priceIds.map((priceId) => [priceId, planOfPrice.get(priceId) ?? null]));
}

function monthsOf(item: StripeItem | undefined): number {
  const { interval = 'month', interval_count = 1 } = item?.price.recurring ?? {};
  if (interval === 'year') return 12 * interval_count;
  return interval === 'month' ? interval_count : 1;
}

function toMs(seconds: number): number {
  return seconds * 1_000;
}

function toMsOrNull(seconds: number | null): number | null {
  return seconds === null ? null : toMs(seconds);
}
