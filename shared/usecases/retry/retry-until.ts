import { Fault } from '../../domain/faults.ts';

export interface RetryUntilDeps {
  /** Epoch ms. */
  readonly now: () => number;
  readonly sleep: (ms: number) => Promise<void>;
}

const PAUSE_MS = 1_000;

/**
 * Does work that may be done twice, and does it again while the store turns it away or does not answer, until `endsAt`
 * (epoch ms). Anything but a fault of the store is thrown at once, since waiting would not help.
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
