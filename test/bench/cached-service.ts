import { setTimeout as sleep } from 'node:timers/promises';
import type { CacheCounts } from '../../shared/adapters/cache/cache-counters.ts';
import { PLAN_CACHE, QUOTA_CACHE, USAGE_CACHE } from '../../shared/adapters/cache/cache-kinds.ts';
import { CachedPlans } from '../../shared/adapters/cache/cached-plans.ts';
import { VersionedCache } from '../../shared/adapters/cache/versioned-cache.ts';
import type { AccountStore } from '../../shared/adapters/dynamodb/account-store.ts';
import type { Table } from '../../shared/adapters/dynamodb/dynamodb.ts';
import { noRedis } from '../../shared/adapters/redis/redis.ts';
import { RedisClient, type RedisOptions } from '../../shared/adapters/redis/redis-client.ts';
import { RedisTimeBudget } from '../../shared/adapters/redis/redis-time-budget.ts';
import { Fault, Unavailable } from '../../shared/domain/faults.ts';
import type { AccountChange } from '../../shared/domain/rollup.ts';
import { projectChanges } from '../../shared/usecases/ledger/project-changes.ts';
import { check } from '../../shared/usecases/quota/check.ts';
import { consume } from '../../shared/usecases/quota/consume.ts';
import { nothingPublished, notificationDeps } from '../support/published.ts';
import type { StreamTail } from '../support/stream.ts';
import { NO_CACHE, wire } from '../support/wiring.ts';

/** Consecutive failures of the projector that a busy machine does not explain. */
const MOST_FAILURES = 50;
const clock = { now: Date.now, sleep: (ms: number) => sleep(ms), random: Math.random };

/** One Lambda environment, on a table and an optional Redis. */
export class BenchEnvironment {
  readonly redis: RedisClient | undefined;
  readonly quota: Record<keyof CacheCounts, number> = {
    l1Hits: 0,
    l2Hits: 0,
    misses: 0,
    fills: 0,
    errors: 0,
  };
  /** Checks and consumes that the table did not answer in time. */
  unanswered = 0;
  readonly #allowance: RedisTimeBudget;
  /** `GetItem` requests that checks sent for accounts. */
  accountReads = 0;
  readonly #deps;

  constructor(table: Table, redis?: RedisOptions) {
    this.redis = redis && new RedisClient(redis);
    this.#allowance = new RedisTimeBudget(redis?.budgetMs);
    const cacheDeps = {
      ...clock,
      redis: this.#allowance.over(this.redis ?? noRedis),
      observe: (kind: string, counts: readonly (readonly [keyof CacheCounts, number])[]) => {
        if (kind === QUOTA_CACHE.name) for (const [name, count] of counts) this.quota[name] += count;
      },
    };
    const quotaCache = new VersionedCache(cacheDeps, QUOTA_CACHE);
    const verbs = {
      ...wire(table, clock),
      quotaCache,
      usageCache: new VersionedCache(cacheDeps, USAGE_CACHE),
      ...notificationDeps(table, nothingPublished()),
    };
    const { accounts, plans } = verbs;
    const read: AccountStore['read'] = (userId, options) => {
      this.accountReads += 1;
      return accounts.read(userId, options);
    };
    const reads = {
      ...verbs,
      accounts: { read },
      plans: new CachedPlans(new VersionedCache(cacheDeps, PLAN_CACHE), plans, Date.now),
      // Without Redis no memory either: the arm that reads the table every time.
      ...(!redis && { quotaCache: NO_CACHE }),
    };
    this.#deps = { verbs, reads, quotaCache };
  }

  /** `false` when the table did not answer in time, on a busy machine. */
  async check(userId: string): Promise<boolean> {
    const question = { userId, amounts: new Map([['aiRequest', 1]]) };
    return this.#isAnswered(() => this.#allowance.spend(() => check(this.#deps.reads, question)));
  }

  /** As `check`. */
  async consume(userId: string): Promise<boolean> {
    const request = { userId, amounts: new Map([['aiRequest', 1]]) };
    return this.#isAnswered(() => consume(this.#deps.verbs, request));
  }

  async #isAnswered(ask: () => Promise<unknown>): Promise<boolean> {
    try {
      await ask();
      return true;
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      this.unanswered += 1;
      return false;
    }
  }

  /**
   * Projects new records of the stream repeatedly, until `mayStop` and none is left. Unanswered ones are
   * retried, as by the table's stream.
   */
  async projectUntil(stream: StreamTail, mayStop: () => boolean): Promise<void> {
    let projected = 0;
    for (let failures = 0; failures < MOST_FAILURES; ) {
      const last = mayStop();
      const isProjected = await this.#isAnswered(async () => {
        const changes = await changesOf(stream);
        await projectChanges(this.#deps.verbs, changes.slice(projected));
        projected = changes.length;
      });
      if (isProjected && last) return;
      failures = isProjected ? 0 : failures + 1;
      await sleep(100);
    }
    throw new Error(`the projector got no answer ${MOST_FAILURES} times in a row`);
  }

  /** Since it was made. */
  get counts(): Record<keyof CacheCounts, number> {
    const pending = this.#deps.quotaCache.counts;
    return {
      l1Hits: this.quota.l1Hits + pending.l1Hits,
      l2Hits: this.quota.l2Hits + pending.l2Hits,
      misses: this.quota.misses + pending.misses,
      fills: this.quota.fills + pending.fills,
      errors: this.quota.errors + pending.errors,
    };
  }
}

/** Every change so far; unreadable ones are read the next time. */
async function changesOf(stream: StreamTail): Promise<readonly AccountChange[]> {
  try {
    return await stream.changes();
  } catch (error) {
    throw new Unavailable('the stream did not answer', { cause: error });
  }
}

/** Ranks 0 … size − 1, the first the most frequent: the k-th with 1/k of its frequency. */
export function zipf(size: number, random: () => number): () => number {
  const cumulative: number[] = [];
  let total = 0;
  for (let rank = 1; rank <= size; rank += 1) {
    total += 1 / rank;
    cumulative.push(total);
  }
  return () => {
    const point = random() * total;
    let [low, high] = [0, size - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((cumulative[middle] ?? 0) > point) high = middle;
      else low = middle + 1;
    }
    return low;
  };
}

/** The value below which a share (0 … 1) of the values is. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}
