import type { LockOptions } from '../../adapters/lock/redis-lock.ts';
import type { RunExclusiveDeps } from './run-exclusive.ts';

/**
 * Long enough for a few calls to other services, short compared with Stripe's timeout of 20 s. A holder that
 * died is waited for no longer than a live one.
 */
const TURN: LockOptions = { ttlMs: 5_000, autoRenew: true, retries: 20, maxWaitMs: 3_000 };

/**
 * Serializes `work` per `resource` with a lock, so that a later run sees the results of earlier ones. Without
 * Redis, if the lock is lost, or if others take longer than 3 s, it runs concurrently: its writes must be
 * conditional.
 *
 * @throws the error of `work`
 */
export async function runSerialized<T>(
  { withLock }: RunExclusiveDeps,
  resource: string,
  work: () => Promise<T>,
): Promise<T> {
  // Boxed, since `work` may return `undefined`, and a lock lost before the start leaves no value.
  const outcome = await withLock(resource, async () => ({ value: await work() }), TURN);
  const done = 'value' in outcome ? outcome.value : undefined;
  return done ? done.value : work();
}
