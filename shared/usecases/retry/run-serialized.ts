import type { LockOptions } from '../../adapters/lock/redis-lock.ts';
import type { RunExclusiveDeps } from './run-exclusive.ts';

/**
 * Long enough for what takes a few calls to others, short beside the 20 s that Stripe waits for an answer. Who died in its
 * turn is waited for no longer than anybody else.
 */
const TURN: LockOptions = { ttlMs: 5_000, autoRenew: true, retries: 20, maxWaitMs: 3_000 };

/**
 * Runs `work` after whoever does the same for the same `resource`, so that it finds done what they did. Where Redis cannot
 * tell, the lock is lost, or the others take longer than 3 s, it runs beside them: what it writes has to be conditional.
 *
 * @throws whatever `work` throws
 */
export async function runSerialized<T>(
  { withLock }: RunExclusiveDeps,
  resource: string,
  work: () => Promise<T>,
): Promise<T> {
  // Boxed: what was lost before it began has no value, and work may return `undefined`.
  const outcome = await withLock(resource, async () => ({ value: await work() }), TURN);
  const done = 'value' in outcome ? outcome.value : undefined;
  return done ? done.value : work();
}
