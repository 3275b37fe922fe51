import type Stripe from 'stripe';
import { wholeList } from '../calls/list-page.ts';
import type { StoredPrice, StoredSubscription, StoredSubscriptionItem } from '../world/stored-objects.ts';
import type { NewItem, Period, SubscriptionStart } from '../world/subscription-request.ts';
import type { World } from '../world/world.ts';

/** Builds a subscription with every field that Stripe sends, in its order. Does not store it. */
export function buildSubscription(world: World, start: SubscriptionStart): StoredSubscription {
  const now = world.main.now();
  const id = world.ids.long('subscription', now);
  const items = start.items.map((item) => buildItem(world, id, item, start.period, now));
  return {
    id,
    object: 'subscription',
    application: null,
    application_fee_percent: null,
    automatic_tax: { disabled_reason: null, enabled: false, liability: null },
    billing_cycle_anchor: start.anchor,
    billing_cycle_anchor_config: null,
    billing_mode: {
      flexible: start.billingMode === 'flexible' ? { proration_discounts: 'included' } : null,
      type: start.billingMode,
    },
    billing_schedules: [],
    billing_thresholds: null,
    cancel_at: null,
    cancel_at_period_end: false,
    canceled_at: null,
    cancellation_details: { comment: null, feedback: null, feedback_option: null, reason: null },
    collection_method: start.collectionMethod,
    created: now,
    currency: start.items[0]?.price.currency ?? 'usd',
    customer: start.customer.id,
    customer_account: null,
    days_until_due: start.daysUntilDue,
    default_payment_method: start.defaultPaymentMethod,
    default_source: null,
    default_tax_rates: [],
    description: start.description,
    discounts: [],
    ended_at: null,
    invoice_settings: {
      account_tax_ids: null,
      custom_fields: null,
      description: null,
      footer: null,
      issuer: { type: 'self' },
    },
    items: wholeList(items, `/v1/subscription_items?subscription=${id}`),
    latest_invoice: null,
    livemode: false,
    managed_payments: { enabled: false },
    metadata: start.metadata,
    next_pending_invoice_item_invoice: null,
    on_behalf_of: null,
    pause_collection: null,
    payment_settings: {
      payment_method_options: null,
      payment_method_types: null,
      save_default_payment_method: start.savePaymentMethod,
    },
    pending_invoice_item_interval: null,
    pending_setup_intent: null,
    pending_update: null,
    schedule: null,
    start_date: now,
    status: start.status,
    test_clock: null,
    transfer_data: null,
    trial_end: start.trialEnd,
    trial_settings: {
      end_behavior: { billing_cycle_anchor: null, missing_payment_method: start.missingPaymentMethod },
    },
    trial_start: start.trialEnd === null ? null : now,
  } satisfies Stripe.Subscription;
}

export function buildItem(
  world: World,
  subscription: string,
  { price, quantity, metadata = {} }: NewItem,
  period: Period,
  now: number,
): StoredSubscriptionItem {
  return {
    id: world.ids.short('subscriptionItem'),
    object: 'subscription_item',
    billing_thresholds: null,
    created: now,
    current_period_end: period.end,
    current_period_start: period.start,
    current_trial: null,
    discounts: [],
    metadata,
    plan: planOf(price),
    price,
    quantity,
    subscription,
    tax_rates: [],
  } satisfies Stripe.SubscriptionItem;
}

/** Builds the `plan` of a price: the older form, which items still contain. */
export function planOf(price: StoredPrice): Stripe.Plan {
  return {
    id: price.id,
    object: 'plan',
    active: price.active,
    amount: price.unit_amount,
    amount_decimal: price.unit_amount_decimal,
    billing_scheme: price.billing_scheme,
    created: price.created,
    currency: price.currency,
    interval: price.recurring?.interval ?? 'month',
    interval_count: price.recurring?.interval_count ?? 1,
    livemode: false,
    metadata: price.metadata,
    meter: null,
    nickname: price.nickname,
    product: price.product,
    tiers_mode: null,
    transform_usage: null,
    trial_period_days: price.recurring?.trial_period_days ?? null,
    usage_type: 'licensed',
  };
}

/** Returns a subscription's current period. Its items share one. */
export function currentPeriod(subscription: StoredSubscription): Period {
  const [item] = subscription.items.data;
  return { start: item?.current_period_start ?? 0, end: item?.current_period_end ?? 0 };
}

export function setPeriod(subscription: StoredSubscription, { start, end }: Period): void {
  for (const item of subscription.items.data) {
    item.current_period_start = start;
    item.current_period_end = end;
  }
}

const ENDED: readonly string[] = ['canceled', 'incomplete_expired'];

export const hasEnded = ({ status }: StoredSubscription): boolean => ENDED.includes(status);
