import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from './quota-client.ts';

const SHARE_OF_CALLS = 0.05;
/** Shorter than most calls take, even without faults. */
const PATIENCE_MS = 4;

/**
 * A client that abandons some calls before the answer arrives. The operation continues, and may take effect
 * at any later time. Without it a fast machine answers every call, and no history has an unknown outcome.
 */
export function impatientClient(send: Client, random: () => number): Client {
  return async (operation) => {
    const answer = send(operation);
    if (random() >= SHARE_OF_CALLS) return answer;
    answer.catch(() => {}); // abandoned: its error is ignored
    const gone = { code: operation.verb === 'read' ? 'refused' : 'unknown' } as const;
    return Promise.race([answer, sleep(PATIENCE_MS, gone)]);
  };
}
