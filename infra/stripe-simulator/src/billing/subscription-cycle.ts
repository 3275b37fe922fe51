import { payingCard } from '../customers/charge.ts';
import { DAY, HOUR, periodEnd } from '../time/calendar.ts';
import type { SubscriptionTask } from '../world/pending-work.ts';
import { recordChange, recordEvent } from '../world/record-event.ts';
import type { StoredSubscription } from '../world/stored-objects.ts';
import type { Period } from '../world/subscription-request.ts';
import type { World } from '../world/world.ts';
import { closeInvoice } from './collect-invoice.ts';
import { endSubscription } from './end-subscription.ts';
import { lineOfPeriod } from './invoice-lines.ts';
import { addInvoice, announceInvoice } from './subscription-invoice.ts';
import { currentPeriod, hasEnded, setPeriod } from './subscription-object.ts';
import { cancelSubscriptionTasks, scheduleSubscriptionTask } from './subscription-tasks.ts';

const TRIAL_NOTICE = 3 * DAY;

/** Handlers of a subscription's tasks. */
export const SUBSCRIPTION_TASK_HANDLERS: Record<
  SubscriptionTask,
  (world: World, subscription: StoredSubscription) => void
> = {
  period: endPeriod,
  cancel: endSubscription,
  expire,
  'trial-will-end': announceTrialEnd,
  'resume-collection': resumeCollection,
};

/** Seconds in which the first invoice must be paid. */
export const INCOMPLETE_FOR = 23 * HOUR;

/** Schedules a subscription's tasks. Call it again when one of its dates has changed. */
export function scheduleSubscription(world: World, subscription: StoredSubscription): void {
  cancelSubscriptionTasks(world, subscription);
  if (hasEnded(subscription)) return;
  planPeriodEnd(world, subscription);
  const { cancel_at, pause_collection, status } = subscription;
  if (cancel_at !== null) scheduleSubscriptionTask(world, subscription, 'cancel', cancel_at);
  if (status === 'incomplete') {
    scheduleSubscriptionTask(world, subscription, 'expire', subscription.created + INCOMPLETE_FOR);
  }
  const resumesAt = pause_collection?.resumes_at ?? null;
  if (resumesAt !== null) scheduleSubscriptionTask(world, subscription, 'resume-collection', resumesAt);
  planTrialNotice(world, subscription);
}

function planPeriodEnd(world: World, subscription: StoredSubscription): void {
  const { end } = currentPeriod(subscription);
  scheduleSubscriptionTask(world, subscription, 'period', end);
}

/** `trial_will_end` is sent three days before the end, and at the start of a shorter trial. */
function planTrialNotice(world: World, subscription: StoredSubscription): void {
  const { status, trial_end } = subscription;
  const noticeAt = (trial_end ?? 0) - TRIAL_NOTICE;
  if (status !== 'trialing' || noticeAt <= world.main.now()) return;
  scheduleSubscriptionTask(world, subscription, 'trial-will-end', noticeAt);
}

export function announceTrialEnd(world: World, subscription: StoredSubscription): void {
  if (subscription.status === 'trialing') {
    recordEvent(world, 'customer.subscription.trial_will_end', subscription);
  }
}

/** Whether a trial that starts now is too short for a later `trial_will_end`. */
export function isShortTrial(trialEnd: number, now: number): boolean {
  return trialEnd - TRIAL_NOTICE <= now;
}

function endPeriod(world: World, subscription: StoredSubscription): void {
  const { status, cancel_at, cancel_at_period_end, trial_settings } = subscription;
  if (hasEnded(subscription) || status === 'paused' || status === 'incomplete') return;
  const isOver = cancel_at !== null && cancel_at <= world.main.now();
  const missing =
    status === 'trialing' && !hasCard(world, subscription)
      ? trial_settings?.end_behavior.missing_payment_method
      : undefined;
  if (cancel_at_period_end || isOver || missing === 'cancel') endSubscription(world, subscription);
  else if (missing === 'pause') pauseAfterTrial(world, subscription);
  else renew(world, subscription);
}

function hasCard(world: World, subscription: StoredSubscription): boolean {
  const customer = world.customers.get(subscription.customer);
  return customer !== undefined && payingCard({ customer, subscription }) !== null;
}

/** Opens the next period with a draft invoice, also at the end of a trial. */
function renew(world: World, subscription: StoredSubscription): void {
  const former = currentPeriod(subscription);
  let invoice: ReturnType<typeof addInvoice>;
  recordChange(world, 'customer.subscription.updated', subscription, () => {
    if (subscription.status === 'trialing') subscription.status = 'active';
    const next = nextPeriod(subscription);
    setPeriod(subscription, next);
    const lines = subscription.items.data.map((item) => lineOfPeriod(world, subscription, item, next));
    invoice = addInvoice(world, subscription, {
      reason: 'subscription_cycle',
      lines,
      period: former,
      when: 'later',
    });
  });
  planPeriodEnd(world, subscription);
  if (invoice) announceInvoice(world, invoice, 'later');
}

/** Returns the period after the current one, counted from the anchor. */
function nextPeriod(subscription: StoredSubscription): Period {
  const { end: start } = currentPeriod(subscription);
  return { start, end: periodEnd(subscription.billing_cycle_anchor, billingIntervalOf(subscription), start) };
}

export function billingIntervalOf(subscription: StoredSubscription) {
  return subscription.items.data[0]?.price.recurring ?? { interval: 'month', interval_count: 1 };
}

function pauseAfterTrial(world: World, subscription: StoredSubscription): void {
  const now = world.main.now();
  recordChange(world, 'customer.subscription.updated', subscription, () =>
    markPaused(subscription, 'trial_end_without_payment_method', now),
  );
  recordEvent(world, 'customer.subscription.paused', subscription);
}

export function markPaused(
  subscription: StoredSubscription,
  type: 'pause_requested' | 'trial_end_without_payment_method',
  now: number,
): void {
  subscription.status = 'paused';
  subscription.status_details = {
    paused: { subscription: { type }, transitioned_at: now, type: 'subscription' },
  };
}

/** Expires a subscription whose first invoice was not paid in time. */
function expire(world: World, subscription: StoredSubscription): void {
  if (subscription.status !== 'incomplete') return;
  const invoice = world.invoices.get(subscription.latest_invoice ?? '');
  if (invoice?.status === 'open') closeInvoice(world, invoice, 'void');
  recordChange(world, 'customer.subscription.updated', subscription, () => {
    subscription.status = 'incomplete_expired';
    subscription.ended_at = world.main.now();
  });
  cancelSubscriptionTasks(world, subscription);
}

function resumeCollection(world: World, subscription: StoredSubscription): void {
  recordChange(world, 'customer.subscription.updated', subscription, () => {
    subscription.pause_collection = null;
  });
}
