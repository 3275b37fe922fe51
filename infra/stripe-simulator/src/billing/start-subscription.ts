import type Stripe from 'stripe';
import { refusal } from '../customers/charge.ts';
import { periodEnd } from '../time/calendar.ts';
import { recordChange, recordEvent } from '../world/record-event.ts';
import type { StoredSubscription } from '../world/stored-objects.ts';
import type { SubscriptionRequest } from '../world/subscription-request.ts';
import type { World } from '../world/world.ts';
import { attemptPayment } from './collect-invoice.ts';
import { afterCoupons, setDiscounts } from './discounts.ts';
import { lineOfPeriod, lineOfTrial } from './invoice-lines.ts';
import { announceTrialEnd, isShortTrial, scheduleSubscription } from './subscription-cycle.ts';
import { addInvoice, announceInvoice } from './subscription-invoice.ts';
import { buildSubscription, currentPeriod } from './subscription-object.ts';

/**
 * Starts a subscription with its first invoice, which is final at once.
 *
 * @throws ApiError 402 when `error_if_incomplete` and the card declines, 400 when nothing could be charged at all;
 * nothing is made then
 */
export function startSubscription(world: World, wish: SubscriptionRequest): StoredSubscription {
  const { customer } = wish;
  const now = world.main.now();
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
  scheduleSubscription(world, subscription);
  recordChange(world, 'customer.updated', customer, () => {
    customer.currency ??= subscription.currency;
  });
  invoiceFirstPeriod(world, subscription, wish.paymentBehavior !== 'default_incomplete');
  if (trialEnd !== null && isShortTrial(trialEnd, now)) announceTrialEnd(world, subscription);
  return subscription;
}

function firstStatus(world: World, wish: SubscriptionRequest): Stripe.Subscription.Status {
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
