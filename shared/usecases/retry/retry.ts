export interface RetryDeps {
  readonly sleep: (ms: number) => Promise<void>;
  /** 0 ≤ x < 1. */
  readonly random: () => number;
}

const PAUSE_MS = 100;

/**
 * Retries idempotent work, `tries` attempts at most, with full jitter between.
 *
 * @throws the error of the last attempt
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
  /** Maximum in flight. @default 25 */
  readonly atOnce?: number;
  /** Attempts per item. @default 3 */
  readonly tries?: number;
}

/**
 * Maps items concurrently. A failed item is retried and does not stop the others. Returns results in the
 * items' order.
 */
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
