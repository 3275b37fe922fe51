/** DynamoDB's maximum of write units per second for one partition key, in any billing mode. */
export const WRITE_UNITS_PER_KEY = 1_000;

interface Bucket {
  tokens: number;
  filledAt: number;
}

/**
 * Limits the write units of each key, with a burst of one second's worth. The emulator does not, and an
 * account is one key.
 *
 * Source: "Best practices for designing and using partition keys effectively", Amazon DynamoDB Developer
 * Guide.
 */
export class WriteLimit {
  readonly #perSecond: number;
  readonly #buckets = new Map<string, Bucket>();

  constructor(perSecond = WRITE_UNITS_PER_KEY) {
    this.#perSecond = perSecond;
  }

  /** Whether every key has room for its units; only then they are taken. `now`: epoch ms. */
  take(units: ReadonlyMap<string, number>, now: number): boolean {
    const writes = [...units].map(([key, wanted]) => ({ bucket: this.#filled(key, now), wanted }));
    if (writes.some(({ bucket, wanted }) => bucket.tokens < wanted)) return false;
    for (const { bucket, wanted } of writes) bucket.tokens -= wanted;
    return true;
  }

  #filled(key: string, now: number): Bucket {
    const bucket = this.#buckets.get(key) ?? { tokens: this.#perSecond, filledAt: now };
    const earned = (Math.max(0, now - bucket.filledAt) / 1_000) * this.#perSecond;
    bucket.tokens = Math.min(this.#perSecond, bucket.tokens + earned);
    bucket.filledAt = now;
    this.#buckets.set(key, bucket);
    return bucket;
  }
}
