import { LOCK_DEFAULTS, type LockDeps, type LockOptions, type LockRefusal, RedisLock } from './redis-lock.ts';
import { type LockedWork, workUntilLost } from './with-lock.ts';

export interface Leases {
  /** The fencing number of each resource. */
  readonly fences: ReadonlyMap<string, number>;
  /** Aborted, with `LockLost`, when any of the locks is lost. */
  readonly signal: AbortSignal;
}

/**
 * Runs `work` while holding the locks on all `resources`, or does not run it. They are taken one by one in a
 * global order, however they are named, so that two callers never deadlock (Dijkstra's resource hierarchy).
 * `maxWaitMs` is for all of them together. Without `autoRenew` the first lock's time runs while the last is
 * waited for.
 *
 * @throws any error of `work`, except the abort of a lost lock
 */
export async function withMultipleLocks<T>(
  deps: LockDeps,
  resources: readonly string[],
  work: (leases: Leases) => Promise<T>,
  options: LockOptions = {},
): Promise<LockedWork<T>> {
  const locks: RedisLock[] = [];
  try {
    const held = await acquireAll(deps, resources, options, locks);
    if (held.code !== 'acquired') return held;
    return await workUntilLost(held.signal, () => work(held));
  } finally {
    await Promise.all(locks.map((lock) => lock.release()));
  }
}

/** Adds each lock to `locks` when it is held, so that the caller releases what was taken before a refusal. */
async function acquireAll(
  deps: LockDeps,
  resources: readonly string[],
  options: LockOptions,
  locks: RedisLock[],
): Promise<({ readonly code: 'acquired' } & Leases) | LockRefusal> {
  const { maxWaitMs = LOCK_DEFAULTS.maxWaitMs } = options;
  const { now = () => performance.now() } = deps;
  const startedAt = now();
  const fences = new Map<string, number>();
  const signals: AbortSignal[] = [];
  // By code units, which no locale changes.
  for (const resource of [...new Set(resources)].sort()) {
    const leftMs = Math.max(0, maxWaitMs - (now() - startedAt));
    const lock = new RedisLock(deps, resource, { ...options, maxWaitMs: leftMs });
    const acquisition = await lock.acquire();
    if (acquisition.code !== 'acquired') return acquisition;
    locks.push(lock);
    fences.set(resource, acquisition.fence);
    signals.push(acquisition.signal);
  }
  return { code: 'acquired', fences, signal: AbortSignal.any(signals) };
}
