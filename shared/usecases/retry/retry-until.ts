import { Fault } from '../../domain/faults.ts';

export interface RetryUntilDeps {
  /** Epoch ms. */
  readonly now: () => number;
  readonly sleep: (ms: number) => Promise<void>;
  /** 0 ≤ x < 1. */
  readonly random: () => number;
}

const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 1_000;

/**
 * Retries idempotent work on faults of the store, until `endsAt` (epoch ms), after pauses that double up to a
 * second. Half of each pause is random, so that concurrent writes do not return at the same moment.
 *
 * @param isTransient whether a retry can help. @default faults of the store
 * @throws any other error at once, and the last fault at `endsAt`
 */
export async function retryUntil<T>(
  { now, sleep, random }: RetryUntilDeps,
  endsAt: number,
  work: () => Promise<T>,
  isTransient = (error: unknown): boolean => error instanceof Fault,
): Promise<T> {
  for (let longestMs = FIRST_PAUSE_MS; ; longestMs = Math.min(2 * longestMs, LONGEST_PAUSE_MS)) {
    try {
      return await work();
    } catch (error) {
      const pauseMs = (longestMs / 2) * (1 + random());
      if (!isTransient(error) || now() + pauseMs >= endsAt) throw error;
      await sleep(pauseMs);
    }
  }
}
