import { Fault } from '../../domain/faults.ts';

export interface RetryUntilDeps {
  /** Epoch ms. */
  readonly now: () => number;
  readonly sleep: (ms: number) => Promise<void>;
}

const PAUSE_MS = 1_000;

/**
 * Retries idempotent work on faults of the store, until `endsAt` (epoch ms).
 *
 * @throws any other error at once, and the last fault at `endsAt`
 */
export async function retryUntil<T>(
  { now, sleep }: RetryUntilDeps,
  endsAt: number,
  work: () => Promise<T>,
): Promise<T> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof Fault) || now() + PAUSE_MS >= endsAt) throw error;
      await sleep(PAUSE_MS);
    }
  }
}
