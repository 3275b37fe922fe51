import { subscriptionView } from '../../../shared/domain/subscriptions/subscription-view.ts';
import type { PaymentPage } from '../../../shared/usecases/subscriptions/list-payments.ts';
import type { SubscriptionPage } from '../../../shared/usecases/subscriptions/list-subscription-history.ts';
import type { SubscriptionReading } from '../../../shared/usecases/subscriptions/read-subscription.ts';
import { cursorOf } from '../requests/page.ts';

/** A user's subscription on the wire; `null` at version 0 for a user who never had one. */
export function currentSubscriptionView(userId: string, { subscription, asOf, cached }: SubscriptionReading) {
  return {
    userId,
    subscription: subscription ? subscriptionView(subscription) : null,
    version: subscription?.version ?? 0,
    asOf: instant(asOf),
    cached,
  };
}

export function historyView(userId: string, { items, next }: SubscriptionPage) {
  return { userId, subscriptions: items.map(subscriptionView), nextCursor: cursorOf(next) };
}

export function paymentsView(userId: string, { items, next }: PaymentPage) {
  return {
    userId,
    payments: items.map(({ at, ...payment }) => ({ ...payment, at: instant(at) })),
    nextCursor: cursorOf(next),
  };
}

function instant(epochMs: number): string {
  return new Date(epochMs).toISOString();
}
