import { setTimeout as sleep } from 'node:timers/promises';

/** EventBridge and SNS take at most so many entries in one call. */
const BATCH_SIZE = 10;
/** What was not taken is offered again after so long; then somebody else has to. */
const PAUSES_MS = [50, 250];

/**
 * Sends entries in calls of up to ten. Entries that a call did not take are sent again twice. A call that fails as a whole
 * ends it: whoever waits for a service that is away holds up everything else.
 *
 * @param send says for each entry whether it was taken
 * @returns for each item whether it was taken
 */
export async function publishInBatches<T>(
  items: readonly T[],
  send: (batch: readonly T[]) => Promise<readonly boolean[]>,
): Promise<boolean[]> {
  const taken = items.map(() => false);
  for (let from = 0; from < items.length; from += BATCH_SIZE) {
    let open = items.map((_, index) => index).slice(from, from + BATCH_SIZE);
    for (const pauseMs of [...PAUSES_MS, 0]) {
      const results = await send(items.filter((_, index) => open.includes(index))).catch(() => undefined);
      if (!results) return taken;
      open.forEach((index, place) => {
        taken[index] = results[place] ?? false;
      });
      open = open.filter((index) => !taken[index]);
      if (open.length === 0) break;
      await sleep(pauseMs);
    }
  }
  return taken;
}
