import type { StripeSubscription } from '../../../../shared/domain/subscriptions/stripe-subscription.ts';
import { PRICES, type PriceId } from './prices.ts';

/** Epoch seconds, as all of Stripe's times. */
export function periodEndOf({ items, created }: StripeSubscription): number {
  return items.data[0]?.current_period_end ?? created;
}

export function priceOf({ items }: StripeSubscription): PriceId {
  return items.data[0]?.price.id as PriceId; // made here
}

/** Another price of the same length keeps the period; one of another length starts a new one. */
export function repriced(subscription: StripeSubscription, priceId: PriceId, at: number): StripeSubscription {
  const [from, to] = [PRICES[priceOf(subscription)].months, PRICES[priceId].months];
  const [item] = subscription.items.data;
  // The first price above 0 starts a period.
  const isFirst = PRICES[priceOf(subscription)].amount === 0 && PRICES[priceId].amount > 0;
  if (subscription.status === 'trialing' || (from === to && item && !isFirst)) {
    const { current_period_start = at, current_period_end = at } = item ?? {};
    return { ...subscription, items: itemsOf(priceId, current_period_start, current_period_end) };
  }
  const next = begunAnew(subscription, priceId, at);
  const cancel_at = subscription.cancel_at_period_end ? periodEndOf(next) : null;
  return { ...next, cancel_at };
}

/** With a first period from `at` on. */
export function begunAnew(
  subscription: StripeSubscription,
  priceId: PriceId,
  at: number,
): StripeSubscription {
  const end = afterMonths(at, PRICES[priceId].months);
  return { ...subscription, billing_cycle_anchor: at, items: itemsOf(priceId, at, end) };
}

export function itemsOf(priceId: PriceId, start: number, end: number): StripeSubscription['items'] {
  const { months } = PRICES[priceId];
  const recurring =
    months === 12 ? { interval: 'year', interval_count: 1 } : { interval: 'month', interval_count: months };
  return {
    data: [{ price: { id: priceId, recurring }, current_period_start: start, current_period_end: end }],
  };
}

/** The first boundary after the period's end: each is counted from the anchor. */
export function nextBoundary(subscription: StripeSubscription, months: number): number {
  const [anchor, end] = [subscription.billing_cycle_anchor, periodEndOf(subscription)];
  for (let count = 1; ; count += 1) {
    const boundary = afterMonths(anchor, count * months);
    if (boundary > end) return boundary;
  }
}

/** `months` later, in UTC: clamped to the last day of a shorter month. */
export function afterMonths(from: number, months: number): number {
  const date = new Date(from * 1_000);
  const day = date.getUTCDate();
  date.setUTCDate(1);
  date.setUTCMonth(date.getUTCMonth() + months);
  const lastDay = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
  date.setUTCDate(Math.min(day, lastDay));
  return Math.floor(date.getTime() / 1_000);
}
