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
 * Starts a subscription with its first invoice, which is finalized at once.
 *
 * @throws ApiError 400 if there is nothing to charge; creates nothing then
 */
export function startSubscription(world: World, request: SubscriptionRequest): StoredSubscription {
  const { customer } = request;
  const now = world.main.now();
  const trialEnd = request.trialEnd ?? null;
  const status = firstStatus(world, request);
  const anchor = trialEnd ?? now;
  const interval = request.items[0]?.price.recurring ?? { interval: 'month', interval_count: 1 };
  const subscription = buildSubscription(world, {
    customer,
    items: request.items,
    status,
    period: { start: now, end: trialEnd ?? periodEnd(anchor, interval, now) },
    anchor,
    trialEnd,
    missingPaymentMethod: request.missingPaymentMethod ?? 'create_invoice',
    billingMode: request.billingMode ?? 'flexible',
    collectionMethod: request.collectionMethod ?? 'charge_automatically',
    daysUntilDue: request.daysUntilDue ?? null,
    defaultPaymentMethod: request.defaultPaymentMethod ?? null,
    savePaymentMethod: request.savePaymentMethod ?? 'off',
    description: request.description ?? null,
    metadata: request.metadata ?? {},
  });
  request.prepare?.(subscription);
  setDiscounts(world, subscription, request.coupons ?? []);
  world.subscriptions.add(subscription);
  scheduleSubscription(world, subscription);
  recordChange(world, 'customer.updated', customer, () => {
    customer.currency ??= subscription.currency;
  });
  invoiceFirstPeriod(world, subscription);
  if (trialEnd !== null && isShortTrial(trialEnd, now)) announceTrialEnd(world, subscription);
  return subscription;
}

function firstStatus(world: World, request: SubscriptionRequest): Stripe.Subscription.Status {
  const { customer } = request;
  if (request.trialEnd !== undefined && request.trialEnd !== null) return 'trialing';
  const amounts = request.items.map(({ price, quantity }) => (price.unit_amount ?? 0) * quantity);
  const total = afterCoupons(request.coupons ?? [], amounts).reduce((sum, amount) => sum + amount, 0);
  if (total + customer.balance <= 0 || request.collectionMethod === 'send_invoice') return 'active';
  const error = refusal(world, {
    customer,
    subscription: { default_payment_method: request.defaultPaymentMethod ?? null },
  });
  if (!error) return 'active';
  if (error.status !== 402) throw error;
  return 'incomplete';
}

function invoiceFirstPeriod(world: World, subscription: StoredSubscription): void {
  const period = currentPeriod(subscription);
  const makeLine = subscription.status === 'trialing' ? lineOfTrial : lineOfPeriod;
  const when = subscription.collection_method === 'send_invoice' ? 'later' : 'now';
  const invoice = addInvoice(world, subscription, {
    reason: 'subscription_create',
    lines: subscription.items.data.map((item) => makeLine(world, subscription, item, period)),
    // The first invoice has no past period.
    period: { start: period.start, end: period.start },
    when,
  });
  recordEvent(world, 'customer.subscription.created', subscription);
  if (!invoice) return;
  announceInvoice(world, invoice, when);
  if (when === 'now') attemptPayment(world, invoice);
}
