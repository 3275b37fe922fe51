import { setTimeout } from 'node:timers/promises';
import { AccountBusy, AnswerLost, OutcomeUnknown, Unavailable } from '../../shared/domain/faults.ts';

const MOST_TRIES = 200;
const LONGEST_PAUSE_MS = 1_000;

/**
 * Calls as a good client does: after `outcome_unknown` again with the operation id as its key, after a 503 of which
 * nothing was changed, or a read without an answer, again as before. `sent` is the key to send, if any.
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
      // An emulator that is behind gets time to catch up.
      await setTimeout(Math.min(20 * tries, LONGEST_PAUSE_MS));
    }
  }
}
