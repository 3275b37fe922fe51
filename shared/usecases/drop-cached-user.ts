import type { VersionedCache } from '../adapters/cache/versioned-cache.ts';
import type { DayUsage } from '../adapters/dynamodb/usage-store.ts';
import type { Account } from '../domain/account.ts';
import { usageCacheId } from '../domain/rollup.ts';

export interface DropCachedUserDeps {
  readonly quotaCache: Pick<VersionedCache<Account>, 'drop'>;
  readonly usageCache: Pick<VersionedCache<readonly DayUsage[]>, 'drop'>;
}

/**
 * Makes the caches forget a user, because of a change that made `account`: whoever asks next is answered from the table, and
 * what was read there before the change is not cached any more.
 */
export async function dropCachedUser(
  { quotaCache, usageCache }: DropCachedUserDeps,
  { userId, version, counters }: Pick<Account, 'userId' | 'version' | 'counters'>,
): Promise<void> {
  await Promise.all([
    quotaCache.drop(userId, version),
    ...[...counters.keys()].map((feature) => usageCache.drop(usageCacheId(userId, feature), version)),
  ]);
}
