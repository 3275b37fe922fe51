import { LOCK_DEFAULTS, type LockDeps, type LockOptions, type LockRefusal, RedisLock } from './redis-lock.ts';
import { type LockedWork, workUntilLost } from './with-lock.ts';

export interface Leases {
  /** The fencing number of each resource. */
  readonly fences: ReadonlyMap<string, number>;
  /** Aborted, with `LockLost`, when any of the locks is lost. */
  readonly signal: AbortSignal;
}

/**
 * Runs `work` while holding the locks on all `resources`, or does not run it. They are taken one after the other in
 * one order for everybody, whatever order they are named in, so that two callers never wait for each other in a
 * circle (Dijkstra's resource hierarchy). `maxWaitMs` is for all of them together. Without `autoRenew` the first
 * lock's time runs while the last is waited for.
 *
 * @throws whatever `work` throws, but for having been told to stop
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
