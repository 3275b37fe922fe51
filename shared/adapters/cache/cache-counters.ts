/** Counts of a cache, since this environment started or since they were last taken. */
export interface CacheCounts {
  l1Hits: number;
  l2Hits: number;
  misses: number;
  fills: number;
  errors: number;
}

export type CacheCountName = keyof CacheCounts;

export const CACHE_COUNT_NAMES = ['l1Hits', 'l2Hits', 'misses', 'fills', 'errors'] as const;

const HAND_OVER_EVERY_MS = 5_000;

/** Counts in memory, handed over every few seconds so that all environments can be read in one place. */
export class CacheCounters {
  #pending: CacheCounts = none();
  #handedOverAt: number;

  constructor(now: number) {
    this.#handedOverAt = now;
  }

  count(name: CacheCountName): void {
    this.#pending[name] += 1;
  }

  /** The counts due at `now` (epoch ms), usually none; they count as handed over. */
  takeDue(now: number): readonly (readonly [CacheCountName, number])[] {
    if (now - this.#handedOverAt < HAND_OVER_EVERY_MS) return [];
    const taken = this.#pending;
    this.#handedOverAt = now;
    this.#pending = none();
    return CACHE_COUNT_NAMES.map((name) => [name, taken[name]] as const).filter(([, count]) => count > 0);
  }

  /** Since they were last handed over. */
  get pending(): Readonly<CacheCounts> {
    return { ...this.#pending };
  }
}

function none(): CacheCounts {
  return { l1Hits: 0, l2Hits: 0, misses: 0, fills: 0, errors: 0 };
}
