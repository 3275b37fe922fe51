import { setTimeout } from 'node:timers/promises';
import { AccountBusy, AnswerLost, OutcomeUnknown, Unavailable } from '../../shared/domain/faults.ts';

const MOST_TRIES = 200;
const LONGEST_PAUSE_MS = 1_000;

/**
 * Calls like a good client: after `outcome_unknown` it retries with the operation id as key; after a 503
 * without changes, or a read without an answer, it repeats the call. `sent` is the key to send, if any.
 */
export async function untilAnswered<T>(
  call: (sent: string | undefined) => Promise<T>,
  key?: string,
  beforeRetry: () => Promise<void> = async () => {},
): Promise<T> {
  let sent = key;
  for (let tries = 1; ; tries += 1) {
    try {
      return await call(sent);
    } catch (error) {
      if (tries === MOST_TRIES) throw error;
      if (error instanceof OutcomeUnknown) sent = error.operationId;
      else if (![Unavailable, AccountBusy, AnswerLost].some((kind) => error instanceof kind)) throw error;
      await beforeRetry();
      // A slow emulator gets time to catch up.
      await setTimeout(Math.min(20 * tries, LONGEST_PAUSE_MS));
    }
  }
}
