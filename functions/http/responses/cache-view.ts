import type { CacheStatsOfDay } from '../../../shared/usecases/plans/read-cache-stats.ts';

/**
 * The caches' counts of today (UTC) on the wire. `available` is false if Redis does not respond: nothing is
 * then cached beyond each function's own memory.
 */
export function cacheStatsView(stats: CacheStatsOfDay | undefined) {
  const kinds = Object.entries(stats ?? {}).map(([kind, counts]) => ({
    kind,
    ...counts,
    hitRate: hitRate(counts),
  }));
  return { available: stats !== undefined, kinds };
}

/** Share of reads that a cache served, 0 … 1; `null` before the first read. */
function hitRate({ l1Hits, l2Hits, misses }: CacheStatsOfDay[string]): number | null {
  const reads = l1Hits + l2Hits + misses;
  return reads === 0 ? null : (l1Hits + l2Hits) / reads;
}
