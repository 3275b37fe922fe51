import type { CacheStats, CacheStatsOfDay } from '../../adapters/cache/cache-stats.ts';
import { CACHE_KINDS } from '../../contract.ts';

export type { CacheStatsOfDay };

export interface ReadCacheStatsDeps {
  readonly cacheStats: Pick<CacheStats, 'ofDay'>;
  /** Epoch ms. */
  readonly now: () => number;
}

/** Returns today's counts (UTC) of the caches of all environments; `undefined`: Redis does not respond. */
export async function readCacheStats({
  cacheStats,
  now,
}: ReadCacheStatsDeps): Promise<CacheStatsOfDay | undefined> {
  return cacheStats.ofDay(CACHE_KINDS, now());
}
