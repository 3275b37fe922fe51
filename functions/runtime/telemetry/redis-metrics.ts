import type { CacheDeps } from '../../../shared/adapters/cache/versioned-cache.ts';
import type { LockEvent } from '../../../shared/adapters/lock/redis-lock.ts';
import { METRICS } from '../../../shared/contract.ts';
import { publishMetrics, publishServiceMetrics } from './metrics.ts';

/** Publishes the counts of a kind's cache of the last seconds, in one line. */
export const publishCacheCounts: NonNullable<CacheDeps['observe']> = (kind, counts) => {
  publishMetrics([
    {
      dimensions: [{ [METRICS.dimensions.cache]: kind }],
      figures: counts.map(([name, count]) => [METRICS.cache[name], count]),
    },
  ]);
};

/** Publishes the outcome of an acquisition of a lock. */
export function publishLockEvent({ event, waitMs }: LockEvent): void {
  publishServiceMetrics([
    [METRICS.lock[event], 1],
    ...(waitMs === undefined ? [] : [[METRICS.lockWaitMs, waitMs] as const]),
  ]);
}
