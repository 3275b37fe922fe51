import type { VersionedCache } from '../../adapters/cache/versioned-cache.ts';
import type { DayUsage } from '../../adapters/dynamodb/usage-store.ts';
import type { Account } from '../../domain/account.ts';
import { usageCacheId } from '../../domain/rollup.ts';

export interface RefreshUserCacheDeps {
  readonly quotaCache: Pick<VersionedCache<Account>, 'put'>;
  readonly usageCache: Pick<VersionedCache<readonly DayUsage[]>, 'drop'>;
  readonly now: () => number;
}

/**
 * Refreshes the caches after a change of plan that created `account`, in one round trip: replaces the account
 * and drops the user's usage, so that a reader of the new plan gets all of it from the table. Older values
 * that were loaded before the change are rejected by the cache.
 */
export async function refreshUserCache(
  { quotaCache, usageCache, now }: RefreshUserCacheDeps,
  account: Account,
): Promise<void> {
  const { userId, version, counters, change } = account;
  await Promise.all([
    quotaCache.put(userId, { value: account, version, asOf: change?.at ?? now() }),
    ...[...counters.keys()].map((feature) => usageCache.drop(usageCacheId(userId, feature), version)),
  ]);
}
