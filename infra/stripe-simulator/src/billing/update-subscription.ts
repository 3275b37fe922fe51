import type Stripe from 'stripe';
import type { Call } from '../calls/call.ts';
import { invalidRequest } from '../calls/errors.ts';
import { changedMetadata } from '../calls/metadata.ts';
import type { Params } from '../calls/params.ts';
import { readCoupons } from '../catalog/coupons.ts';
import { periodEnd } from '../time/calendar.ts';
import { recordChange } from '../world/record-event.ts';
import type { StoredSubscription, StoredSubscriptionItem } from '../world/stored-objects.ts';
import type { World } from '../world/world.ts';
import { planEnd, readCancellation, readCancellationDetails } from './cancellation.ts';
import { setDiscounts } from './discounts.ts';
import { lineOfPeriod } from './invoice-lines.ts';
import { chargedItems, keepForNextInvoice, prorationLines } from './prorations.ts';
import { scheduleSubscription } from './subscription-cycle.ts';
import { addInvoice, announceInvoice, collect } from './subscription-invoice.ts';
import { readItemChanges } from './subscription-item-changes.ts';
import { currentPeriod, hasEnded, setPeriod } from './subscription-object.ts';
import { readCard, readMissingPaymentMethod, readTrialEnd } from './subscription-params.ts';

type Behaviour = 'always_invoice' | 'create_prorations' | 'none';

interface Change {
  readonly items: StoredSubscriptionItem[];
  /** Seconds; null ends a trial now. */
  readonly trialEnd: number | null | undefined;
  readonly resetsAnchor: boolean;
  readonly proration: Behaviour;
  /** Changes without side effects. */
  apply(subscription: StoredSubscription): void;
}

/** `POST /v1/subscriptions/:id`. @throws ApiError if rejected; changes nothing then */
export function updateSubscription(
  { world, params }: Call,
  subscription: StoredSubscription,
): StoredSubscription {
  const change = readChange(world, params, subscription);
  params.done();
  applyChange(world, subscription, change);
  scheduleSubscription(world, subscription);
  return subscription;
}

function readChange(world: World, params: Params, subscription: StoredSubscription): Change {
  const now = world.main.now();
  const setDetails = readCancellationDetails(params);
  const metadata = params.metadata();
  const isImmutable = hasEnded(subscription);
  if (isImmutable) {
    params.doneOr(() =>
      invalidRequest('A canceled subscription can only update its cancellation_details and metadata.'),
    );
  }
  const cancellation = readCancellation(params, now);
  const pause = readPause(params);
  const card = readCard(world, params, subscription.customer);
  const description = params.clearableText('description');
  const coupons = readCoupons(world, params);
  const missing = readMissingPaymentMethod(params);
  const save = params
    .object('payment_settings')
    ?.oneOf('save_default_payment_method', ['off', 'on_subscription']);
  params.boolean('off_session');
  return {
    items: readItemChanges(world, params, subscription),
    trialEnd: readTrialEnd(params, now),
    resetsAnchor: params.object('billing_cycle_anchor')?.oneOf('type', ['now', 'unchanged']) === 'now',
    proration:
      params.oneOf('proration_behavior', ['always_invoice', 'create_prorations', 'none']) ??
      'create_prorations',
    apply: () => {
      setDetails(subscription);
      subscription.metadata = changedMetadata(subscription.metadata, metadata);
      if (pause !== undefined) subscription.pause_collection = pause;
      if (card !== undefined) subscription.default_payment_method = card;
      if (description !== undefined) subscription.description = description;
      if (coupons) setDiscounts(world, subscription, coupons);
      if (missing && subscription.trial_settings) {
        subscription.trial_settings.end_behavior.missing_payment_method = missing;
      }
      if (save && subscription.payment_settings) {
        subscription.payment_settings.save_default_payment_method = save;
      }
      if (cancellation) planEnd(subscription, cancellation, now);
    },
  };
}

function readPause(params: Params): Stripe.Subscription.PauseCollection | null | undefined {
  const pause = params.clearableObject('pause_collection');
  if (!pause) return pause;
  const behavior = pause.oneOf('behavior', ['keep_as_draft', 'mark_uncollectible', 'void']);
  if (!behavior) throw invalidRequest('Missing required param: pause_collection[behavior].');
  return { behavior, resumes_at: pause.integer('resumes_at') ?? null };
}

function applyChange(world: World, subscription: StoredSubscription, change: Change): void {
  const former = currentPeriod(subscription);
  const before = chargedItems(subscription);
  const restarts = startsNewPeriod(subscription, change);
  const isProrated = change.proration !== 'none';
  const after = restarts ? null : change.items;
  const prorations = isProrated ? prorationLines(world, subscription, before, after) : [];
  const invoicesNow = restarts || (change.proration === 'always_invoice' && prorations.length > 0);
  let invoice: ReturnType<typeof addInvoice>;
  recordChange(world, 'customer.subscription.updated', subscription, () => {
    subscription.items.data = change.items;
    const lines = [...prorations, ...(restarts ? restart(world, subscription) : [])];
    if (typeof change.trialEnd === 'number') extendTrial(world, subscription, change.trialEnd);
    change.apply(subscription);
    if (!invoicesNow) keepForNextInvoice(world, subscription, lines);
    else
      invoice = addInvoice(world, subscription, {
        reason: 'subscription_update',
        lines,
        period: former,
        when: 'now',
      });
  });
  if (!invoice) return;
  announceInvoice(world, invoice, 'now');
  if (invoice.status === 'open') collect(world, invoice);
}

/**
 * Whether a change starts a period now: a new interval, the first paid price, a trial ended early, or a new
 * anchor.
 */
function startsNewPeriod(subscription: StoredSubscription, change: Change): boolean {
  const isTrialing = subscription.status === 'trialing';
  if (change.trialEnd === null && isTrialing) return true;
  if (change.resetsAnchor) return true;
  if (isTrialing || typeof change.trialEnd === 'number') return false;
  const interval = (items: readonly StoredSubscriptionItem[]) => {
    const recurring = items[0]?.price.recurring;
    return `${recurring?.interval_count} ${recurring?.interval}`;
  };
  const cost = (items: readonly StoredSubscriptionItem[]) =>
    items.reduce((sum, { price, quantity }) => sum + (price.unit_amount ?? 0) * quantity, 0);
  const { data } = subscription.items;
  return interval(data) !== interval(change.items) || (cost(data) === 0 && cost(change.items) > 0);
}

function restart(world: World, subscription: StoredSubscription): Stripe.InvoiceLineItem[] {
  const now = world.main.now();
  if (subscription.status === 'trialing') {
    subscription.status = 'active';
    subscription.trial_end = now;
  }
  subscription.billing_cycle_anchor = now;
  const interval = subscription.items.data[0]?.price.recurring ?? { interval: 'month', interval_count: 1 };
  const period = { start: now, end: periodEnd(now, interval, now) };
  setPeriod(subscription, period);
  return subscription.items.data.map((item) => lineOfPeriod(world, subscription, item, period));
}

function extendTrial(world: World, subscription: StoredSubscription, trialEnd: number): void {
  const now = world.main.now();
  const start = subscription.status === 'trialing' ? currentPeriod(subscription).start : now;
  subscription.status = 'trialing';
  subscription.trial_start = start;
  subscription.trial_end = trialEnd;
  subscription.billing_cycle_anchor = trialEnd;
  setPeriod(subscription, { start, end: trialEnd });
}
