import type { Redis } from '../redis/redis.ts';
import { CACHE_COUNT_NAMES, type CacheCounts } from './cache-counters.ts';
import { statsKey } from './versioned-cache.ts';

/** Counts of all environments since midnight UTC. */
export type CacheStatsOfDay = Readonly<Record<string, CacheCounts>>;

/** Reads the counts that every environment's caches hand over every few seconds. */
export class CacheStats {
  readonly #redis: Redis;

  constructor(redis: Redis) {
    this.#redis = redis;
  }

  /**
   * Counts of each kind on the day of `now` (epoch ms), in one round trip; `undefined` when Redis does not
   * answer.
   */
  async ofDay(kinds: readonly string[], now: number): Promise<CacheStatsOfDay | undefined> {
    const answer = await this.#redis.ask((commands) =>
      Promise.all(
        kinds.map(
          // Redis' reply: the client makes no object of it.
          (kind) => commands.hmget(statsKey(kind, now), ...CACHE_COUNT_NAMES) as Promise<unknown>,
        ),
      ),
    );
    if (answer.code === 'no_answer') return undefined;
    return Object.fromEntries(kinds.map((kind, index) => [kind, countsOf(answer.value[index])]));
  }
}

function countsOf(fields: unknown): CacheCounts {
  const counts: CacheCounts = { l1Hits: 0, l2Hits: 0, misses: 0, fills: 0, errors: 0 };
  CACHE_COUNT_NAMES.forEach((name, index) => {
    const count = Number(Array.isArray(fields) ? fields[index] : 0);
    counts[name] = Number.isFinite(count) ? count : 0;
  });
  return counts;
}
