import type { StripeSubscription } from '../../../../shared/domain/subscriptions/stripe-subscription.ts';
import {
  afterMonths,
  begunAnew,
  itemsOf,
  nextBoundary,
  periodEndOf,
  priceOf,
  repriced,
} from './billed-items.ts';
import { billedBy, creditOf, invoice, latestOf, line, withPaid } from './invoices.ts';
import { PRICES, type PriceId } from './prices.ts';

/** The possible changes of a subscription, by anyone. */
export type SubscriptionChange =
  | 'change price'
  | 'upgrade'
  | 'fail to pay'
  | 'pay'
  | 'pay oldest'
  | 'leave unpaid'
  | 'pause'
  | 'unpause'
  | 'cancel'
  | 'cancel at period end'
  | 'resume';

/** A subscription after a change, and the outcome of an invoice that was due. */
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
  /**
   * Whether the first payment fails. In a trial none is due: there is no card, and at its end it is paused.
   */
  readonly isUnpaid: boolean;
  readonly percentOff: number;
  /** Epoch seconds. */
  readonly at: number;
}

const TRIAL_SECONDS = 14 * 86_400;
/** How long a first invoice may stay unpaid. */
const INCOMPLETE_SECONDS = 23 * 3_600;

export function begin(beginning: Beginning): Turn {
  const { id, customer, userId, priceId, isTrial, percentOff, at } = beginning;
  // A price of 0 is paid.
  const isUnpaid = beginning.isUnpaid && PRICES[priceId].amount > 0 && percentOff < 100;
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
    metadata: {
      userId,
      ...(isTrial && isUnpaid && { card: 'none' }),
      ...(percentOff > 0 && { percentOff: String(percentOff) }),
    },
    items: itemsOf(priceId, at, isTrial ? anchor : afterMonths(at, PRICES[priceId].months)),
    latest_invoice: null,
  };
  const lines = [periodLine(subscription, isTrial ? 0 : PRICES[priceId].amount)];
  const outcome = isUnpaid && !isTrial ? 'failed' : 'paid';
  const first = invoice({ id: `in_${id}_${at}`, at, reason: 'subscription_create', lines, outcome });
  const begun = billedBy(subscription, first);
  return isTrial
    ? { subscription: begun }
    : { subscription: begun, invoice: isUnpaid ? 'payment_failed' : 'paid' };
}

/** The line of a subscription's current period. */
function periodLine(subscription: StripeSubscription, amount: number = PRICES[priceOf(subscription)].amount) {
  const { current_period_start: start = 0, current_period_end: end = 0 } = subscription.items.data[0] ?? {};
  const percentOff = percentOffOf(subscription);
  return line({ priceId: priceOf(subscription), amount, period: { start, end }, percentOff });
}

function percentOffOf({ metadata }: StripeSubscription): number {
  return Number(metadata.percentOff ?? 0);
}

/** The line of the rest of the current period, at a price. */
function restLine(subscription: StripeSubscription, priceId: PriceId, at: number, sign: 1 | -1) {
  const { current_period_start: start = 0, current_period_end: end = 0 } = subscription.items.data[0] ?? {};
  const share = end > start ? Math.max(0, end - at) / (end - start) : 0;
  const price = PRICES[priceId].amount * (1 - percentOffOf(subscription) / 100);
  const amount = sign * Math.round(price * share);
  return line({ priceId, amount, period: { start: at, end: Math.max(at, end) }, isProration: true });
}

export function isLiving({ status }: StripeSubscription): boolean {
  return status !== 'canceled' && status !== 'incomplete_expired';
}

/** The statuses that permit a change; any if not listed. */
const POSSIBLE: Readonly<Partial<Record<SubscriptionChange, readonly string[]>>> = {
  'change price': ['trialing', 'active', 'past_due', 'unpaid'],
  upgrade: ['active', 'past_due'],
  'pay oldest': ['active', 'past_due'],
  'fail to pay': ['active', 'past_due'],
  pay: ['past_due', 'unpaid', 'incomplete'],
  'leave unpaid': ['past_due'],
  pause: ['active'],
  unpause: ['paused'],
  'cancel at period end': ['trialing', 'active', 'past_due', 'unpaid'],
};

/**
 * A running subscription after a change at `at` (epoch seconds); `undefined` if it is impossible in this
 * status.
 */
export function changed(
  subscription: StripeSubscription,
  change: SubscriptionChange,
  {
    at,
    priceId,
    isUnpaid,
    invoiceId,
  }: { at: number; priceId: PriceId; isUnpaid: boolean; invoiceId: string },
): Turn | undefined {
  const { status, cancel_at_period_end: isEnding } = subscription;
  if (POSSIBLE[change]?.includes(status) === false) return undefined;
  switch (change) {
    case 'change price':
      return priceOf(subscription) === priceId
        ? undefined
        : { subscription: withPrice(subscription, priceId, at, invoiceId) };
    case 'upgrade':
      return upgraded(subscription, { at, priceId, isUnpaid, invoiceId });
    case 'pay oldest': {
      const oldest = subscription.invoices?.findLast((one) => one.status === 'open');
      if (!oldest) return undefined;
      const paid = withPaid(subscription, oldest.id);
      const isLatest = oldest.id === subscription.latest_invoice;
      const isPaidUp = !paid.invoices?.some(({ status }) => status === 'open');
      return { subscription: isLatest || isPaidUp ? { ...paid, status: 'active' } : paid, invoice: 'paid' };
    }
    case 'fail to pay': {
      const lines = [restLine(subscription, priceOf(subscription), at, 1)];
      const failed = invoice({ id: invoiceId, at, reason: 'subscription_update', lines, outcome: 'failed' });
      // A price of 0 is paid.
      if (failed.status === 'paid') return undefined;
      const unpaid = billedBy({ ...subscription, status: 'past_due' }, failed);
      return { subscription: unpaid, invoice: 'payment_failed' };
    }
    case 'pay': {
      const paid = withPaid(subscription, latestOf(subscription)?.id);
      return { subscription: { ...paid, status: 'active' }, invoice: 'paid' };
    }
    case 'leave unpaid':
      return { subscription: { ...subscription, status: 'unpaid' } };
    case 'pause':
      return isEnding ? undefined : { subscription: paused(subscription, at) };
    case 'unpause': {
      const resumed = begunAnew({ ...subscription, status: 'active' }, priceOf(subscription), at);
      const lines = [periodLine(resumed)];
      const made = invoice({ id: invoiceId, at, reason: 'subscription_update', lines, outcome: 'paid' });
      return { subscription: billedBy(resumed, made), invoice: 'paid' };
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

/** Another price, with the difference charged at once, as in the portal. */
function upgraded(
  subscription: StripeSubscription,
  {
    at,
    priceId,
    isUnpaid,
    invoiceId,
  }: { at: number; priceId: PriceId; isUnpaid: boolean; invoiceId: string },
): Turn | undefined {
  const from = priceOf(subscription);
  if (from === priceId) return undefined;
  const next = repriced(subscription, priceId, at);
  const isAnew = next.billing_cycle_anchor !== subscription.billing_cycle_anchor;
  const lines = [
    restLine(subscription, from, at, -1),
    isAnew ? periodLine(next) : restLine(subscription, priceId, at, 1),
  ];
  const made = invoice({
    id: invoiceId,
    at,
    reason: 'subscription_update',
    lines,
    outcome: isUnpaid ? 'failed' : 'paid',
    balance: creditOf(subscription),
  });
  const status = made.status === 'open' ? 'past_due' : 'active';
  return {
    subscription: billedBy({ ...next, status }, made),
    invoice: made.status === 'open' ? 'payment_failed' : 'paid',
  };
}

/** Another price; a new period with it is charged at once, less the rest of the previous one. */
function withPrice(
  subscription: StripeSubscription,
  priceId: PriceId,
  at: number,
  invoiceId: string,
): StripeSubscription {
  const next = repriced(subscription, priceId, at);
  if (next.billing_cycle_anchor === subscription.billing_cycle_anchor) return next;
  const lines = [restLine(subscription, priceOf(subscription), at, -1), periodLine(next)];
  const outcome = next.status === 'active' ? 'paid' : 'failed';
  const balance = creditOf(subscription);
  return billedBy(
    next,
    invoice({ id: invoiceId, at, reason: 'subscription_update', lines, outcome, balance }),
  );
}

/**
 * The time of a subscription's next change by itself (epoch seconds); `undefined`: it has ended, or is
 * paused.
 */
export function changesAt(subscription: StripeSubscription): number | undefined {
  if (!isLiving(subscription) || subscription.status === 'paused') return undefined;
  return subscription.status === 'incomplete'
    ? subscription.created + INCOMPLETE_SECONDS
    : periodEndOf(subscription);
}

/**
 * The result of that change: it ends or is paused, or the next period begins. A past-due one fails again; an
 * unpaid one is not retried.
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
  };
  const outcome = status === 'unpaid' ? 'draft' : status === 'past_due' ? 'failed' : 'paid';
  const lines = [periodLine(next)];
  const balance = creditOf(subscription);
  const made = invoice({ id: invoiceId, at: start, reason: 'subscription_cycle', lines, outcome, balance });
  const billed = billedBy(next, made);
  if (status === 'unpaid') return { subscription: billed };
  return made.status === 'open'
    ? { subscription: billed, invoice: 'payment_failed' }
    : { subscription: { ...billed, status: 'active' }, invoice: 'paid' };
}

/** A subscription that never began ends differently from a canceled one. */
export function ended(subscription: StripeSubscription, at: number): StripeSubscription {
  const status = subscription.status === 'incomplete' ? 'incomplete_expired' : 'canceled';
  return { ...subscription, status, ended_at: at };
}

/** Its period ends now, and no other begins. */
function paused(subscription: StripeSubscription, at: number): StripeSubscription {
  const start = subscription.items.data[0]?.current_period_start ?? at;
  return { ...subscription, status: 'paused', items: itemsOf(priceOf(subscription), start, at) };
}
