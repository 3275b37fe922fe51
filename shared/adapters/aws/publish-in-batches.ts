import { setTimeout as sleep } from 'node:timers/promises';

/** Maximum entries of EventBridge and SNS in one call. */
const BATCH_SIZE = 10;
/** Pauses before rejected entries are retried; after the last the caller must. */
const PAUSES_MS = [50, 250];

/**
 * Publishes entries in calls of up to ten. Rejected entries are retried twice. A call that fails as a whole
 * ends it: waiting for an unreachable service would delay all other work.
 *
 * @param send returns for each entry whether it was accepted
 * @returns for each item whether it was accepted
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
