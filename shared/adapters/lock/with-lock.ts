import { type Lease, type LockDeps, type LockOptions, type LockRefusal, RedisLock } from './redis-lock.ts';

/**
 * `done`: the work returned while the lock was guaranteed. `lost`: the lock was lost before the work ended,
 * which stopped or returned a value all the same. The refusals: the work did not start.
 */
export type LockedWork<T> =
  | { readonly code: 'done'; readonly value: T }
  | { readonly code: 'lost'; readonly value?: T }
  | LockRefusal;

/**
 * Runs `work` while holding the lock on `resource`, and gives the lock back however the work ends. What
 * `RedisLock` does not guarantee, this does not either.
 *
 * @example
 * ```ts
 * const options = { ttlMs: 30_000, autoRenew: true };
 * const outcome = await withLock(deps, `job:${name}`, ({ signal }) => run(signal), options);
 * // Redis is down: the job's conditional claim is enough.
 * if (outcome.code === 'unavailable') await run(AbortSignal.timeout(budgetMs));
 * ```
 * @throws the error of `work`, unless it stopped because of the signal
 */
export async function withLock<T>(
  deps: LockDeps,
  resource: string,
  work: (lease: Lease) => Promise<T>,
  options: LockOptions = {},
): Promise<LockedWork<T>> {
  const lock = new RedisLock(deps, resource, options);
  const acquisition = await lock.acquire();
  if (acquisition.code !== 'acquired') return acquisition;
  try {
    return await workUntilLost(acquisition.signal, () => work(acquisition));
  } finally {
    await lock.release();
  }
}

/** Runs `work` and returns whether `signal` aborted before it ended. */
export async function workUntilLost<T>(signal: AbortSignal, work: () => Promise<T>): Promise<LockedWork<T>> {
  if (signal.aborted) return { code: 'lost' };
  try {
    const value = await work();
    return { code: signal.aborted ? 'lost' : 'done', value };
  } catch (error) {
    if (signal.aborted && isAbort(error, signal)) return { code: 'lost' };
    throw error;
  }
}

/** Most APIs throw the signal's reason, the AWS SDK an error of its own. */
function isAbort(error: unknown, signal: AbortSignal): boolean {
  return error === signal.reason || (error instanceof Error && error.name === 'AbortError');
}
