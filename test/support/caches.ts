import { setTimeout as sleep } from 'node:timers/promises';
import type { CacheKind } from '../../shared/adapters/cache/cache-entry.ts';
import { PLAN_CACHE, QUOTA_CACHE, USAGE_CACHE } from '../../shared/adapters/cache/cache-kinds.ts';
import { CachedPlans } from '../../shared/adapters/cache/cached-plans.ts';
import { type CacheDeps, VersionedCache } from '../../shared/adapters/cache/versioned-cache.ts';
import type { DayUsage } from '../../shared/adapters/dynamodb/usage-store.ts';
import type { RedisClient } from '../../shared/adapters/redis/redis-client.ts';
import type { Account } from '../../shared/domain/account.ts';
import type { ReadAccountDeps } from '../../shared/usecases/quota/read-account.ts';
import { createTestRedis, uniqueName } from './redis.ts';
import { TestClock, type TestService } from './service.ts';

/** Texts at keys that no other test uses. */
export function textKind(more: Partial<CacheKind<string>> = {}): CacheKind<string> {
  const name = uniqueName('text');
  return {
    name,
    keyOf: (id) => `${name}:${id}`,
    ttlMs: 60_000,
    encode: (text) => text,
    decode: String,
    ...more,
  };
}

/** The dependencies of a cache, over the suite's Redis; without early refreshes by default. */
export function cacheDeps(more: Partial<CacheDeps> = {}): CacheDeps {
  return { redis: createTestRedis(), now: Date.now, sleep, random: () => 0, ...more };
}

/** Several environments' caches of one kind, with a shared clock. */
export function environments(count: number, more: Parameters<typeof textKind>[0] = {}) {
  const kind = textKind(more);
  const clock = new TestClock();
  clock.freezeAt(Date.now());
  const caches = Array.from({ length: count }, () => {
    const redis = createTestRedis();
    return Object.assign(new VersionedCache(cacheDeps({ redis, now: clock.now }), kind), { redis });
  });
  const [a, b = a] = caches;
  if (!a || !b) throw new Error('at least one');
  return { kind, clock, caches, a, b };
}

/** A value whose time equals its version. */
export const loaded = (value: string | undefined, version: number) => ({
  value,
  version,
  asOf: 1_000 + version,
});
/** A load that must not happen. */
export const never = () => Promise.reject(new Error('nothing should be loaded'));

/** One more environment of a service, with caches: its own memory, its own connection. */
export interface CachedEnvironment extends TestService {
  readonly redis: RedisClient;
  readonly quota: VersionedCache<Account>;
  readonly usageOfDays: VersionedCache<readonly DayUsage[]>;
  /**
   * Dependencies of reads; plans come from a cache here, and from the table for verbs that change something.
   */
  readonly reads: ReadAccountDeps;
}

/** @param redis this environment's own Redis client, so that its calls are counted apart */
export function cachedEnvironment(service: TestService, redis = createTestRedis()): CachedEnvironment {
  const environment = service.environment();
  const { now } = service.clock;
  const deps = cacheDeps({ redis, now });
  const quotaCache = new VersionedCache(deps, QUOTA_CACHE);
  const usageCache = new VersionedCache(deps, USAGE_CACHE);
  const plans = new CachedPlans(new VersionedCache(deps, PLAN_CACHE), environment.plans, now);
  const reads = { ...environment, quotaCache, plans };
  const caches = { quota: quotaCache, usageOfDays: usageCache, quotaCache, usageCache };
  return Object.assign(environment, { redis, reads, ...caches });
}

/** A key's content in Redis, past every cache. */
export async function stored(key: string, redis = createTestRedis()) {
  const answer = await redis.ask(
    async (commands) =>
      [
        await (commands.hgetall(key) as Promise<unknown>), // pairs, as Redis sends them
        await commands.pttl(key),
        await commands.exists(key),
      ] as const,
  );
  if (answer.code === 'no_answer') throw new Error(`Redis did not answer: ${answer.reason}`);
  const [pairs, ttlMs, exists] = answer.value;
  const texts = Array.isArray(pairs) ? pairs.map(String) : [];
  const fields = Object.fromEntries(texts.flatMap((text, i) => (i % 2 === 0 ? [[text, texts[i + 1]]] : [])));
  return { fields, ttlMs, exists: exists === 1 };
}
