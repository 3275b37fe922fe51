import type { VersionedCache } from '../../adapters/cache/versioned-cache.ts';
import type { SubscriptionStore } from '../../adapters/dynamodb/subscription-store.ts';
import type { Subscription } from '../../domain/subscriptions/subscription.ts';
import type { Freshness } from '../quota/read-account.ts';

export interface ReadSubscriptionDeps {
  readonly subscriptions: Pick<SubscriptionStore, 'read'>;
  readonly subscriptionCache: Pick<VersionedCache<Subscription>, 'read' | 'put'>;
  readonly now: () => number;
}

export interface SubscriptionReading {
  readonly subscription: Subscription | undefined;
  /** When it was read (epoch ms). */
  readonly asOf: number;
  readonly cached: boolean;
}

/** Reads a user's saved subscription, from the cache if it is fresh enough. For display only. */
export async function readSubscription(
  { subscriptions, subscriptionCache, now }: ReadSubscriptionDeps,
  userId: string,
  { consistent = false, minVersion = 0 }: Freshness = {},
): Promise<SubscriptionReading> {
  const load = async () => {
    const asOf = now();
    const subscription = await subscriptions.read(userId);
    return { value: subscription, version: subscription?.version ?? 0, asOf };
  };
  const found = consistent ? undefined : await subscriptionCache.read(userId, load);
  if (found && found.version >= minVersion) {
    return { subscription: found.value, asOf: found.asOf, cached: found.from !== 'store' };
  }
  const loaded = await load();
  await subscriptionCache.put(userId, loaded);
  return { subscription: loaded.value, asOf: loaded.asOf, cached: false };
}
