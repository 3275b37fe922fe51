import type { VersionedCache } from '../adapters/cache/versioned-cache.ts';
import type { SubscriptionStore } from '../adapters/dynamodb/subscription-store.ts';
import type { Subscription } from '../domain/subscription.ts';

export interface ReadSubscriptionDeps {
  readonly subscriptions: Pick<SubscriptionStore, 'read'>;
  readonly subscriptionCache: Pick<VersionedCache<Subscription>, 'read'>;
  readonly now: () => number;
}

/** A user's subscription as it is saved here, from the cache where it has it; nothing is decided by it. */
export async function readSubscription(
  { subscriptions, subscriptionCache, now }: ReadSubscriptionDeps,
  userId: string,
): Promise<Subscription | undefined> {
  const { value } = await subscriptionCache.read(userId, async () => {
    const asOf = now();
    const subscription = await subscriptions.read(userId);
    return { value: subscription, version: subscription?.version ?? 0, asOf };
  });
  return value;
}
