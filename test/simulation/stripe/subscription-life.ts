import type { StripeSubscription } from '../../../shared/domain/stripe-subscription.ts';
import { PRICES, type PriceId } from './prices.ts';

/** What can happen to a subscription, whoever does it. */
export type StripeChange =
  | 'subscribe'
  | 'change price'
  | 'fail to pay'
  | 'pay'
  | 'cancel'
  | 'cancel at period end'
  | 'resume';

/** A subscription after a change, and what became of an invoice where one was due. */
export interface Turn {
  readonly subscription: StripeSubscription;
  readonly invoice?: 'paid' | 'payment_failed';
}

export interface Beginning {
  readonly id: string;
  readonly userId: string;
  readonly priceId: PriceId;
  readonly isTrial: boolean;
  /** Epoch seconds. */
  readonly at: number;
}

const TRIAL_SECONDS = 14 * 86_400;

export const customerIdOf = (userId: string): string => `cus_${userId}`;

export function begin({ id, userId, priceId, isTrial, at }: Beginning): Turn {
  const anchor = isTrial ? at + TRIAL_SECONDS : at;
  const subscription: StripeSubscription = {
    id,
    status: isTrial ? 'trialing' : 'active',
    customer: customerIdOf(userId),
    created: at,
    billing_cycle_anchor: anchor,
    cancel_at: null,
    cancel_at_period_end: false,
    ended_at: null,
    trial_end: isTrial ? anchor : null,
    metadata: { userId },
    items: itemsOf(priceId, at, isTrial ? anchor : afterMonths(at, PRICES[priceId].months)),
    latest_invoice: `in_${id}_${at}`,
  };
  return isTrial ? { subscription } : { subscription, invoice: 'paid' };
}

export function isLiving({ status }: StripeSubscription): boolean {
  return status !== 'canceled';
}

/** A living subscription after a change at `at` (epoch seconds); `undefined` where it is not possible as it stands. */
export function changed(
  subscription: StripeSubscription,
  change: Exclude<StripeChange, 'subscribe'>,
  { at, priceId, invoiceId }: { at: number; priceId: PriceId; invoiceId: string },
): Turn | undefined {
  const { status, cancel_at_period_end: isEnding } = subscription;
  switch (change) {
    case 'change price':
      return priceOf(subscription) === priceId
        ? undefined
        : { subscription: repriced(subscription, priceId, at) };
    case 'fail to pay': {
      const { unpaidSince = at } = subscription;
      const unpaid = { ...subscription, status: 'past_due', latest_invoice: invoiceId, unpaidSince };
      return status === 'trialing' ? undefined : { subscription: unpaid, invoice: 'payment_failed' };
    }
    case 'pay': {
      const { unpaidSince: _, ...paid } = subscription;
      return status === 'past_due'
        ? { subscription: { ...paid, status: 'active' }, invoice: 'paid' }
        : undefined;
    }
    case 'cancel':
      return { subscription: ended(subscription, at) };
    case 'cancel at period end': {
      const cancel_at = periodEndOf(subscription);
      return isEnding
        ? undefined
        : { subscription: { ...subscription, cancel_at, cancel_at_period_end: true } };
    }
    case 'resume':
      return isEnding
        ? { subscription: { ...subscription, cancel_at: null, cancel_at_period_end: false } }
        : undefined;
  }
}

/** What the end of its period makes of a subscription: it ends, or the next one begins. One that is past due fails again. */
export function renewed(subscription: StripeSubscription, invoiceId: string): Turn {
  const start = periodEndOf(subscription);
  if (subscription.cancel_at_period_end) return { subscription: ended(subscription, start) };
  const priceId = priceOf(subscription);
  const isPastDue = subscription.status === 'past_due';
  const next = {
    ...subscription,
    status: isPastDue ? 'past_due' : 'active',
    items: itemsOf(priceId, start, nextBoundary(subscription, PRICES[priceId].months)),
    latest_invoice: invoiceId,
  };
  return { subscription: next, invoice: isPastDue ? 'payment_failed' : 'paid' };
}

/** Epoch seconds. */
export function periodEndOf({ items, created }: StripeSubscription): number {
  return items.data[0]?.current_period_end ?? created;
}

function priceOf({ items }: StripeSubscription): PriceId {
  return items.data[0]?.price.id as PriceId; // made here
}

function ended(subscription: StripeSubscription, at: number): StripeSubscription {
  const { unpaidSince: _, ...rest } = subscription;
  return { ...rest, status: 'canceled', ended_at: at };
}

/** Another price of the same length leaves the period as it is; one of another length begins anew. */
function repriced(subscription: StripeSubscription, priceId: PriceId, at: number): StripeSubscription {
  const [from, to] = [PRICES[priceOf(subscription)].months, PRICES[priceId].months];
  const [item] = subscription.items.data;
  if (subscription.status === 'trialing' || (from === to && item)) {
    const { current_period_start = at, current_period_end = at } = item ?? {};
    return { ...subscription, items: itemsOf(priceId, current_period_start, current_period_end) };
  }
  const end = afterMonths(at, to);
  const cancel_at = subscription.cancel_at_period_end ? end : null;
  return { ...subscription, billing_cycle_anchor: at, cancel_at, items: itemsOf(priceId, at, end) };
}

function itemsOf(priceId: PriceId, start: number, end: number): StripeSubscription['items'] {
  const { months } = PRICES[priceId];
  const recurring =
    months === 12 ? { interval: 'year', interval_count: 1 } : { interval: 'month', interval_count: months };
  return {
    data: [{ price: { id: priceId, recurring }, current_period_start: start, current_period_end: end }],
  };
}

/** The first boundary after the period's end: each is counted from the anchor. */
function nextBoundary(subscription: StripeSubscription, months: number): number {
  const [anchor, end] = [subscription.billing_cycle_anchor, periodEndOf(subscription)];
  for (let count = 1; ; count += 1) {
    const boundary = afterMonths(anchor, count * months);
    if (boundary > end) return boundary;
  }
}

/** So many months later, in UTC: what the month lacks is its last day. Epoch seconds. */
function afterMonths(from: number, months: number): number {
  const date = new Date(from * 1_000);
  const day = date.getUTCDate();
  date.setUTCDate(1);
  date.setUTCMonth(date.getUTCMonth() + months);
  const lastDay = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
  date.setUTCDate(Math.min(day, lastDay));
  return Math.floor(date.getTime() / 1_000);
}
