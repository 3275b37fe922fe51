import { setTimeout } from 'node:timers/promises';
import { AccountBusy, OutcomeUnknown, Unavailable } from '../../shared/domain/faults.ts';

const MOST_TRIES = 50;

/**
 * Calls as a good client does: after `outcome_unknown` again with the operation id as its key, after a 503 of which
 * nothing was changed again as before. `sent` is the key to send, if any.
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
      else if (!(error instanceof Unavailable || error instanceof AccountBusy)) throw error;
      await beforeRetry();
      // An emulator that is behind gets time to catch up.
      await setTimeout(20 * tries);
    }
  }
}
