export interface RetryDeps {
  readonly sleep: (ms: number) => Promise<void>;
  /** 0 ≤ x < 1. */
  readonly random: () => number;
}

const PAUSE_MS = 100;

/**
 * Tries until it works, `tries` times at most, with full jitter between: for work that may be done twice.
 *
 * @throws what the last try threw
 */
export async function retry<T>(deps: RetryDeps, work: () => Promise<T>, tries = 3): Promise<T> {
  for (let failures = 1; ; failures += 1) {
    try {
      return await work();
    } catch (error) {
      if (failures >= tries) throw error;
      await deps.sleep(deps.random() * PAUSE_MS * 4 ** failures);
    }
  }
}

export interface Concurrency {
  /** How many are in flight at most. @default 25 */
  readonly atOnce?: number;
  /** How often each is tried. @default 3 */
  readonly tries?: number;
}

/** Works on every item, so many at once; what fails is tried again, and stops no other. Results stand in the items' order. */
export async function mapConcurrently<T, R>(
  deps: RetryDeps,
  items: readonly T[],
  work: (item: T) => Promise<R>,
  { atOnce = 25, tries = 3 }: Concurrency = {},
): Promise<PromiseSettledResult<R>[]> {
  const results: PromiseSettledResult<R>[] = [];
  const queue = items.entries();
  const worker = async () => {
    for (const [index, item] of queue) {
      [results[index]] = (await Promise.allSettled([retry(deps, () => work(item), tries)])) as [
        PromiseSettledResult<R>,
      ]; // one in, one out
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, worker));
  return results;
}
