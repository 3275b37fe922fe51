import type { LockOptions } from '../../adapters/lock/redis-lock.ts';
import type { LockedWork } from '../../adapters/lock/with-lock.ts';

export interface RunExclusiveDeps {
  readonly withLock: <T>(
    resource: string,
    work: () => Promise<T>,
    options: LockOptions,
  ) => Promise<LockedWork<T>>;
}

/** `locked`: whether the lock was held until the work ended. */
export type ExclusiveRun<T> =
  | { readonly code: 'ran'; readonly value: T; readonly locked: boolean }
  | { readonly code: 'already_running' };

/** A run that died keeps others from running for this long at most. */
const TTL_MS = 30_000;

/**
 * Runs a job unless it is running already, where Redis can tell. Where it cannot, and when the lock is lost on the way, the
 * job runs all the same: its writes are conditional, so two runs at once are a waste and nothing else.
 *
 * @throws whatever `work` throws
 */
export async function runExclusive<T>(
  { withLock }: RunExclusiveDeps,
  job: string,
  work: () => Promise<T>,
): Promise<ExclusiveRun<T>> {
  const options = { ttlMs: TTL_MS, autoRenew: true, retries: 0 };
  // Boxed: what was lost before it began has no value, and work may return `undefined`.
  const outcome = await withLock(`job:${job}`, async () => ({ value: await work() }), options);
  if (outcome.code === 'contended') return { code: 'already_running' };
  const done = outcome.code === 'unavailable' ? undefined : outcome.value;
  if (done) return { code: 'ran', value: done.value, locked: outcome.code === 'done' };
  return { code: 'ran', value: await work(), locked: false };
}
