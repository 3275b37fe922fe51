import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from './quota-client.ts';

const SHARE_OF_CALLS = 0.05;
/** Shorter than most calls take, even where nothing is in the way. */
const PATIENCE_MS = 4;

/**
 * A client whose caller goes away from some calls before the answer comes. What was asked for goes on, and may take effect
 * at any later time. Without it a quick machine answers every call, and no history has an unknown outcome.
 */
export function impatientClient(send: Client, random: () => number): Client {
  return async (operation) => {
    const answer = send(operation);
    if (random() >= SHARE_OF_CALLS) return answer;
    answer.catch(() => {}); // nobody is there to hear of it
    const gone = { code: operation.verb === 'read' ? 'refused' : 'unknown' } as const;
    return Promise.race([answer, sleep(PATIENCE_MS, gone)]);
  };
}
