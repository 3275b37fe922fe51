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

/** Maximum time for which a run that died blocks others. */
const TTL_MS = 30_000;

/**
 * Runs a job unless it is already running, as far as Redis knows. Without Redis, and if the lock is lost, the
 * job still runs: its writes are conditional, so concurrent runs only waste work.
 *
 * @throws the error of `work`
 */
export async function runExclusive<T>(
  { withLock }: RunExclusiveDeps,
  job: string,
  work: () => Promise<T>,
): Promise<ExclusiveRun<T>> {
  const options = { ttlMs: TTL_MS, autoRenew: true, retries: 0 };
  // Boxed, since `work` may return `undefined`, and a lock lost before the start leaves no value.
  const outcome = await withLock(`job:${job}`, async () => ({ value: await work() }), options);
  if (outcome.code === 'contended') return { code: 'already_running' };
  const done = outcome.code === 'unavailable' ? undefined : outcome.value;
  if (done) return { code: 'ran', value: done.value, locked: outcome.code === 'done' };
  return { code: 'ran', value: await work(), locked: false };
}
