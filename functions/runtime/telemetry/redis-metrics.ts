import { MetricUnit } from '@aws-lambda-powertools/metrics';
import type { CacheDeps } from '../../../shared/adapters/cache/versioned-cache.ts';
import type { LockEvent } from '../../../shared/adapters/lock/redis-lock.ts';
import { METRICS } from '../../../shared/contract.ts';
import { metrics } from './metrics.ts';
import { publishServiceMetrics } from './service-metrics.ts';

/** Publishes the counts of a kind's cache of the last seconds: one embedded metric document. */
export const publishCacheCounts: NonNullable<CacheDeps['observe']> = (kind, counts) => {
  metrics.addDimension(METRICS.dimensions.cache, kind);
  for (const [name, count] of counts) metrics.addMetric(METRICS.cache[name], MetricUnit.Count, count);
  metrics.publishStoredMetrics();
};

/** Publishes the outcome of an acquisition of a lock. */
export function publishLockEvent({ event, waitMs }: LockEvent): void {
  publishServiceMetrics([
    [METRICS.lock[event], MetricUnit.Count, 1],
    ...(waitMs === undefined ? [] : [[METRICS.lockWaitMs, MetricUnit.Milliseconds, waitMs] as const]),
  ]);
}
