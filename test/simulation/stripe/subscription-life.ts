import type { StripeSubscription } from '../../../shared/domain/stripe-subscription.ts';
import {
  afterMonths,
  begunAnew,
  itemsOf,
  nextBoundary,
  periodEndOf,
  priceOf,
  repriced,
} from './billed-items.ts';
import { PRICES, type PriceId } from './prices.ts';

/** What can happen to a subscription, whoever does it. */
export type SubscriptionChange =
  | 'change price'
  | 'fail to pay'
  | 'pay'
  | 'leave unpaid'
  | 'pause'
  | 'unpause'
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
  readonly customer: string;
  readonly userId: string;
  readonly priceId: PriceId;
  readonly isTrial: boolean;
  /** Whether the first payment fails. In a trial none is due: there is no card, and at its end it is paused. */
  readonly isUnpaid: boolean;
  /** Epoch seconds. */
  readonly at: number;
}

const TRIAL_SECONDS = 14 * 86_400;
/** How long a first invoice may stay unpaid. */
const INCOMPLETE_SECONDS = 23 * 3_600;

export function begin({ id, customer, userId, priceId, isTrial, isUnpaid, at }: Beginning): Turn {
  const anchor = isTrial ? at + TRIAL_SECONDS : at;
  const subscription: StripeSubscription = {
    id,
    status: isTrial ? 'trialing' : isUnpaid ? 'incomplete' : 'active',
    customer,
    created: at,
    billing_cycle_anchor: anchor,
    cancel_at: null,
    cancel_at_period_end: false,
    ended_at: null,
    trial_end: isTrial ? anchor : null,
    metadata: { userId, ...(isTrial && isUnpaid && { card: 'none' }) },
    items: itemsOf(priceId, at, isTrial ? anchor : afterMonths(at, PRICES[priceId].months)),
    latest_invoice: `in_${id}_${at}`,
  };
  return isTrial ? { subscription } : { subscription, invoice: isUnpaid ? 'payment_failed' : 'paid' };
}

export function isLiving({ status }: StripeSubscription): boolean {
  return status !== 'canceled' && status !== 'incomplete_expired';
}

/** In which states a change is possible; in any where nothing is said. */
const POSSIBLE: Readonly<Partial<Record<SubscriptionChange, readonly string[]>>> = {
  'change price': ['trialing', 'active', 'past_due', 'unpaid'],
  'fail to pay': ['active', 'past_due'],
  pay: ['past_due', 'unpaid', 'incomplete'],
  'leave unpaid': ['past_due'],
  pause: ['active'],
  unpause: ['paused'],
  'cancel at period end': ['trialing', 'active', 'past_due', 'unpaid'],
};

/** A living subscription after a change at `at` (epoch seconds); `undefined` where it is not possible as it stands. */
export function changed(
  subscription: StripeSubscription,
  change: SubscriptionChange,
  { at, priceId, invoiceId }: { at: number; priceId: PriceId; invoiceId: string },
): Turn | undefined {
  const { status, cancel_at_period_end: isEnding } = subscription;
  if (POSSIBLE[change]?.includes(status) === false) return undefined;
  switch (change) {
    case 'change price':
      return priceOf(subscription) === priceId
        ? undefined
        : { subscription: repriced(subscription, priceId, at) };
    case 'fail to pay': {
      const { unpaidSince = at } = subscription;
      const unpaid = { ...subscription, status: 'past_due', latest_invoice: invoiceId, unpaidSince };
      return { subscription: unpaid, invoice: 'payment_failed' };
    }
    case 'pay': {
      const { unpaidSince: _, ...paid } = subscription;
      return { subscription: { ...paid, status: 'active' }, invoice: 'paid' };
    }
    case 'leave unpaid':
      return { subscription: { ...subscription, status: 'unpaid' } };
    case 'pause':
      return isEnding ? undefined : { subscription: paused(subscription, at) };
    case 'unpause': {
      const resumed = begunAnew(subscription, priceOf(subscription), at);
      return { subscription: { ...resumed, status: 'active', latest_invoice: invoiceId }, invoice: 'paid' };
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

/** When a subscription becomes another by itself (epoch seconds); `undefined`: it has ended, or is paused. */
export function changesAt(subscription: StripeSubscription): number | undefined {
  if (!isLiving(subscription) || subscription.status === 'paused') return undefined;
  return subscription.status === 'incomplete'
    ? subscription.created + INCOMPLETE_SECONDS
    : periodEndOf(subscription);
}

/**
 * What that moment makes of it: it ends or is paused, or the next period begins. One that is past due fails again, for one that was left
 * unpaid nobody tries.
 */
export function renewed(subscription: StripeSubscription, invoiceId: string): Turn {
  const start = changesAt(subscription) ?? 0;
  const { status, cancel_at_period_end: isEnding } = subscription;
  if (isEnding || status === 'incomplete') return { subscription: ended(subscription, start) };
  const isCardless = status === 'trialing' && subscription.metadata.card === 'none';
  if (isCardless) return { subscription: paused(subscription, start) };
  const priceId = priceOf(subscription);
  const next = {
    ...subscription,
    status: status === 'trialing' ? 'active' : status,
    items: itemsOf(priceId, start, nextBoundary(subscription, PRICES[priceId].months)),
    latest_invoice: invoiceId,
  };
  if (status === 'unpaid') return { subscription: next };
  return { subscription: next, invoice: status === 'past_due' ? 'payment_failed' : 'paid' };
}

/** One that never began does not end as one that was canceled. */
export function ended(subscription: StripeSubscription, at: number): StripeSubscription {
  const { unpaidSince: _, ...rest } = subscription;
  const status = subscription.status === 'incomplete' ? 'incomplete_expired' : 'canceled';
  return { ...rest, status, ended_at: at };
}

/** Its period ends now, and no other begins. */
function paused(subscription: StripeSubscription, at: number): StripeSubscription {
  const start = subscription.items.data[0]?.current_period_start ?? at;
  return { ...subscription, status: 'paused', items: itemsOf(priceOf(subscription), start, at) };
}
