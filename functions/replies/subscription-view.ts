import type { RecordPage } from '../../shared/adapters/dynamodb/record-page.ts';
import type { Payment } from '../../shared/domain/payment.ts';
import type { Subscription } from '../../shared/domain/subscription.ts';
import type { SubscriptionReading } from '../../shared/usecases/read-subscription.ts';
import { cursorOf } from '../schemas/page.ts';

/** A subscription as it goes over the wire. */
export function subscriptionView(subscription: Subscription) {
  const { planId, priceId, status, stripeStatus, customerId, subscriptionId } = subscription;
  return {
    planId,
    status,
    currentPeriodStart: instant(subscription.currentPeriodStart),
    currentPeriodEnd: instant(subscription.currentPeriodEnd),
    cancelAtPeriodEnd: subscription.cancelAtPeriodEnd,
    endsAt: instantOrNull(subscription.endsAt),
    unpaidSince: instantOrNull(subscription.unpaidSince),
    paidPlanId: subscription.paidPlanId,
    graceEndsAt: instantOrNull(subscription.graceEndsAt),
    trialEndsAt: instantOrNull(subscription.trialEndsAt),
    endedAt: instantOrNull(subscription.endedAt),
    runningSubscriptions: subscription.runningSubscriptions,
    stripe: { status: stripeStatus, customerId, subscriptionId, priceId },
    version: subscription.version,
    savedAt: instant(subscription.savedAt),
  };
}

/** What a user's subscription is; `null` at version 0 for a user who never had one. */
export function currentSubscriptionView(userId: string, { subscription, asOf, cached }: SubscriptionReading) {
  return {
    userId,
    subscription: subscription ? subscriptionView(subscription) : null,
    version: subscription?.version ?? 0,
    asOf: instant(asOf),
    cached,
  };
}

export function historyView(userId: string, { items, next }: RecordPage<Subscription>) {
  return { userId, subscriptions: items.map(subscriptionView), nextCursor: cursorOf(next) };
}

export function paymentsView(userId: string, { items, next }: RecordPage<Payment>) {
  return {
    userId,
    payments: items.map(({ at, ...payment }) => ({ ...payment, at: instant(at) })),
    nextCursor: cursorOf(next),
  };
}

function instant(epochMs: number): string {
  return new Date(epochMs).toISOString();
}

function instantOrNull(epochMs: number | null): string | null {
  return epochMs === null ? null : instant(epochMs);
}
