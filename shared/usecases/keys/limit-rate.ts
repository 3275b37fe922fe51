import type { MemoryCache } from '../../adapters/cache/memory-cache.ts';
import type { RateBucketStore } from '../../adapters/dynamodb/rate-bucket-store.ts';
import type { RateLimit } from '../../domain/rate-limit.ts';
import { KeyLease, type RateOutcome } from './key-lease.ts';

/** Limits of the memory behind `leases`. A forgotten lease forfeits its tokens. */
export const LEASE_CACHE = { ttlMs: 60_000, capacity: 1_000 } as const;

export interface LimitRateDeps {
  readonly rateBuckets: Pick<RateBucketStore, 'take'>;
  readonly leases: Pick<MemoryCache<KeyLease>, 'get' | 'set'>;
  readonly now: () => number;
  /** Receives the error of a bucket that did not answer. */
  readonly onFault: (error: unknown) => void;
}

/**
 * Counts a request of an API key against its limit, which all environments share: over any `t` seconds they
 * admit at most `requestsPerSecond * (t + 1) + burst` requests.
 *
 * ```
 * request ─▶ tokens in memory? ─▶ admitted
 *    │            └▶ bucket in the table: UpdateItem ─▶ granted ─▶ admitted, the rest stays in memory
 *    └▶ empty a moment ago ─▶ rate_limited                └▶ empty ─▶ rate_limited
 * ```
 *
 * The extra second: tokens are used up to half a second after they were taken, by clocks that differ by less
 * than half a second. While the bucket does not answer, each environment admits the whole rate by itself: the
 * limit must not cost a caller within it an answer.
 */
export async function limitRate(deps: LimitRateDeps, keyId: string, limit: RateLimit): Promise<RateOutcome> {
  const lease = leaseOf(deps, keyId);
  const used = lease.use(deps.now());
  if (used.code !== 'unknown') return used;
  const now = deps.now();
  const ask = { wanted: lease.ask(now), fullAt: lease.fullAt, now };
  try {
    return lease.receive(await deps.rateBuckets.take(keyId, limit, ask), now);
  } catch (error) {
    deps.onFault(error);
    return lease.goAlone(limit, now);
  }
}

function leaseOf({ leases }: LimitRateDeps, keyId: string): KeyLease {
  const lease = leases.get(keyId) ?? new KeyLease();
  leases.set(keyId, lease);
  return lease;
}
