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
 * Makes the caches forget a user as they were before a change of plan that made `account`, in one round trip: the account
 * is replaced, and the usage beside it dropped, so that who looks at a new plan gets all of it from the table. What was
 * loaded before the change is not cached any more.
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
