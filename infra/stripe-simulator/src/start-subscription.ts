import type Stripe from 'stripe';
import { periodEnd } from './calendar.ts';
import { refusal } from './charge.ts';
import { attemptPayment } from './collect-invoice.ts';
import { afterCoupons, setDiscounts } from './discounts.ts';
import { lineOfPeriod, lineOfTrial } from './invoice-lines.ts';
import { recordChange, recordEvent } from './record-event.ts';
import type { StoredCustomer, StoredSubscription } from './stored-objects.ts';
import { isShortTrial, noticeTrialEnd, planSubscription } from './subscription-cycle.ts';
import { addInvoice, announceInvoice } from './subscription-invoice.ts';
import {
  buildSubscription,
  currentPeriod,
  type ItemWish,
  type SubscriptionStart,
} from './subscription-object.ts';
import type { World } from './world.ts';

export interface SubscriptionWish {
  readonly customer: StoredCustomer;
  readonly items: readonly ItemWish[];
  /** Seconds; null for no trial. */
  readonly trialEnd?: number | null | undefined;
  readonly paymentBehavior?: 'allow_incomplete' | 'default_incomplete' | 'error_if_incomplete' | undefined;
  readonly missingPaymentMethod?: SubscriptionStart['missingPaymentMethod'] | undefined;
  readonly billingMode?: SubscriptionStart['billingMode'] | undefined;
  readonly collectionMethod?: SubscriptionStart['collectionMethod'] | undefined;
  readonly daysUntilDue?: number | null | undefined;
  readonly defaultPaymentMethod?: string | null | undefined;
  readonly savePaymentMethod?: SubscriptionStart['savePaymentMethod'] | undefined;
  readonly description?: string | null | undefined;
  readonly metadata?: Stripe.Metadata | undefined;
  readonly coupons?: readonly Stripe.Coupon[] | undefined;
  /** What is set before the world hears of the subscription. */
  readonly prepare?: ((subscription: StoredSubscription) => void) | undefined;
}

/**
 * Starts a subscription with its first invoice, which is final at once.
 *
 * @throws ApiError 402 when `error_if_incomplete` and the card declines, 400 when nothing could be charged at all;
 * nothing is made then
 */
export function startSubscription(world: World, wish: SubscriptionWish): StoredSubscription {
  const { customer } = wish;
  const now = world.timelineOf(customer).now();
  const trialEnd = wish.trialEnd ?? null;
  const status = firstStatus(world, wish);
  const anchor = trialEnd ?? now;
  const rhythm = wish.items[0]?.price.recurring ?? { interval: 'month', interval_count: 1 };
  const subscription = buildSubscription(world, {
    customer,
    items: wish.items,
    status,
    period: { start: now, end: trialEnd ?? periodEnd(anchor, rhythm, now) },
    anchor,
    trialEnd,
    missingPaymentMethod: wish.missingPaymentMethod ?? 'create_invoice',
    billingMode: wish.billingMode ?? 'flexible',
    collectionMethod: wish.collectionMethod ?? 'charge_automatically',
    daysUntilDue: wish.daysUntilDue ?? null,
    defaultPaymentMethod: wish.defaultPaymentMethod ?? null,
    savePaymentMethod: wish.savePaymentMethod ?? 'off',
    description: wish.description ?? null,
    metadata: wish.metadata ?? {},
  });
  wish.prepare?.(subscription);
  setDiscounts(world, subscription, wish.coupons ?? []);
  world.subscriptions.add(subscription);
  planSubscription(world, subscription);
  recordChange(world, 'customer.updated', customer, () => {
    customer.currency ??= subscription.currency;
  });
  invoiceFirstPeriod(world, subscription, wish.paymentBehavior !== 'default_incomplete');
  if (trialEnd !== null && isShortTrial(trialEnd, now)) noticeTrialEnd(world, subscription);
  return subscription;
}

function firstStatus(world: World, wish: SubscriptionWish): Stripe.Subscription.Status {
  const { customer, paymentBehavior } = wish;
  if (wish.trialEnd !== undefined && wish.trialEnd !== null) return 'trialing';
  const amounts = wish.items.map(({ price, quantity }) => (price.unit_amount ?? 0) * quantity);
  const total = afterCoupons(wish.coupons ?? [], amounts).reduce((sum, amount) => sum + amount, 0);
  if (total + customer.balance <= 0 || wish.collectionMethod === 'send_invoice') return 'active';
  if (paymentBehavior === 'default_incomplete') return 'incomplete';
  const error = refusal(world, {
    customer,
    subscription: { default_payment_method: wish.defaultPaymentMethod ?? null },
  });
  if (!error) return 'active';
  if (paymentBehavior === 'error_if_incomplete' || error.status !== 402) throw error;
  return 'incomplete';
}

function invoiceFirstPeriod(world: World, subscription: StoredSubscription, collectsNow: boolean): void {
  const period = currentPeriod(subscription);
  const makeLine = subscription.status === 'trialing' ? lineOfTrial : lineOfPeriod;
  const when = subscription.collection_method === 'send_invoice' ? 'later' : 'now';
  const invoice = addInvoice(world, subscription, {
    reason: 'subscription_create',
    lines: subscription.items.data.map((item) => makeLine(world, subscription, item, period)),
    // Nothing lies behind the first invoice.
    period: { start: period.start, end: period.start },
    when,
  });
  recordEvent(world, 'customer.subscription.created', subscription);
  if (!invoice) return;
  announceInvoice(world, invoice, when);
  if (when === 'now' && (collectsNow || invoice.amount_due === 0)) attemptPayment(world, invoice);
}
