import type { Subscription } from './subscription.ts';

/** Builds the public view of a subscription, for responses and events: instants as ISO 8601 text. */
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

function instant(epochMs: number): string {
  return new Date(epochMs).toISOString();
}

function instantOrNull(epochMs: number | null): string | null {
  return epochMs === null ? null : instant(epochMs);
}
