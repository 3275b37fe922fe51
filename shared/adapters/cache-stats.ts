import type { CacheCounts } from './cache-counters.ts';
import type { Redis } from './redis.ts';
import { statsKey } from './versioned-cache.ts';

/** What all environments together handed over since midnight UTC. */
export type CacheStatsOfDay = Readonly<Record<string, CacheCounts>>;

/** Reads the counts that every environment's caches hand over every few seconds. */
export class CacheStats {
  readonly #redis: Redis;

  constructor(redis: Redis) {
    this.#redis = redis;
  }

  /** Counts of each kind on the day of `now` (epoch ms), in one round trip; `undefined` when Redis does not answer. */
  async ofDay(kinds: readonly string[], now: number): Promise<CacheStatsOfDay | undefined> {
    const answer = await this.#redis.ask((commands) =>
      Promise.all(kinds.map((kind) => commands.hgetall<Record<string, string>>(statsKey(kind, now)))),
    );
    if (answer.code === 'no_answer') return undefined;
    return Object.fromEntries(kinds.map((kind, index) => [kind, countsOf(answer.value[index])]));
  }
}

function countsOf(fields: Record<string, string> | null | undefined): CacheCounts {
  const count = (name: keyof CacheCounts) => Number(fields?.[name] ?? 0);
  return {
    l1Hits: count('l1Hits'),
    l2Hits: count('l2Hits'),
    misses: count('misses'),
    fills: count('fills'),
    errors: count('errors'),
  };
}
