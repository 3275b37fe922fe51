import { CUSTOMER_CACHE } from '../../../shared/adapters/cache/subscription-cache-kinds.ts';
import { VersionedCache } from '../../../shared/adapters/cache/versioned-cache.ts';
import { StripeEventStore } from '../../../shared/adapters/dynamodb/stripe-event-store.ts';
import { EVENTS } from '../../../shared/contract.ts';
import type { Subscription } from '../../../shared/domain/subscriptions/subscription.ts';
import { subscriptionView } from '../../../shared/domain/subscriptions/subscription-view.ts';
import { stripeGateway } from './billing.ts';
import { cacheDeps, planChangeDeps, subscriptionCache, userLockDeps } from './caches.ts';
import { once, subscriptionDeps, table } from './core.ts';
import { eventPublisher } from './notifications.ts';

/** Dependencies of converging a subscription to its state at Stripe. */
export function convergeDeps() {
  return once('convergeDeps', () => ({
    ...planChangeDeps(),
    ...subscriptionDeps(),
    ...userLockDeps(),
    stripe: stripeGateway(),
    stripeEvents: new StripeEventStore(table()),
    customerCache: new VersionedCache(cacheDeps(), CUSTOMER_CACHE),
    subscriptionCache: subscriptionCache(),
    announce,
  }));
}

function announce(subscription: Subscription): Promise<void> {
  const { userId, savedAt } = subscription;
  const detail = { userId, ...subscriptionView(subscription) };
  return eventPublisher().publish({ type: EVENTS.subscriptionChanged, detail, at: savedAt });
}
