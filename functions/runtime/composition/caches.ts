import { PLAN_CACHE, QUOTA_CACHE, USAGE_CACHE } from '../../../shared/adapters/cache/cache-kinds.ts';
import { CacheStats } from '../../../shared/adapters/cache/cache-stats.ts';
import { CachedPlans } from '../../../shared/adapters/cache/cached-plans.ts';
import { SUBSCRIPTION_CACHE } from '../../../shared/adapters/cache/subscription-cache-kinds.ts';
import { VersionedCache } from '../../../shared/adapters/cache/versioned-cache.ts';
import { AccountStore } from '../../../shared/adapters/dynamodb/account-store.ts';
import { UsageStore } from '../../../shared/adapters/dynamodb/usage-store.ts';
import { withLock } from '../../../shared/adapters/lock/with-lock.ts';
import { lazyRedis } from '../../../shared/adapters/redis/lazy-redis.ts';
import { namespacedRedis } from '../../../shared/adapters/redis/namespaced-redis.ts';
import type { Redis } from '../../../shared/adapters/redis/redis.ts';
import type { RedisPatience } from '../../../shared/adapters/redis/redis-from-secret.ts';
import { RedisTimeBudget } from '../../../shared/adapters/redis/redis-time-budget.ts';
import { ENV } from '../../../shared/contract.ts';
import type { RunJobDeps } from '../../../shared/usecases/jobs/run-job.ts';
import type { RunExclusiveDeps } from '../../../shared/usecases/retry/run-exclusive.ts';
import { env } from '../env.ts';
import { publishCacheCounts, publishLockEvent } from '../telemetry/redis-metrics.ts';
import {
  archiveProgressDeps,
  clock,
  jobDeps,
  now,
  once,
  planDeps,
  planStore,
  quotaDeps,
  reportTimeZone,
  subscriptionDeps,
  table,
} from './core.ts';

/**
 * The part of the composition root that knows the caches and locks. A file of its own: a bundle that imports
 * it carries the chunk with the client of Redis.
 */

/** Dependencies of reads of accounts: the caches before the table. */
export function readDeps() {
  return once('readDeps', () => ({
    ...clock,
    accounts: new AccountStore(table()),
    quotaCache: new VersionedCache(cacheDeps(), QUOTA_CACHE),
    plans: cachedPlans(),
    defaultPlanId: env[ENV.defaultPlanId],
  }));
}

export function usageDeps() {
  return once('usageDeps', () => ({
    ...readDeps(),
    usage: new UsageStore(table()),
    reportTimeZone: reportTimeZone(),
    usageCache: usageCache(),
  }));
}

/** Dependencies of reads of a user's usage. */
export function usageReportDeps() {
  return once('usageReportDeps', () => ({ ...usageDeps(), ...archiveProgressDeps() }));
}

/** Dependencies of changes that callers of `check` see at once. */
export function planChangeDeps() {
  const { quotaCache } = readDeps();
  return once('planChangeDeps', () => ({ ...quotaDeps(), quotaCache, usageCache: usageCache() }));
}

/** Lock of a job's runs. No request waits for a job, so it may wait longer for Redis. */
function jobLockDeps(): RunExclusiveDeps {
  return lockedBy(patientRedis());
}

/**
 * Per-user lock for webhook handling. Webhooks are rare, so most run on a cold start and need time to
 * connect.
 */
export function userLockDeps(): RunExclusiveDeps {
  return lockedBy(once('userLockRedis', () => redis({ patienceMs: 500 })));
}

/** Dependencies of a job's run: its lock, its claim and its record. */
export function runJobDeps(): RunJobDeps {
  return { ...jobDeps(), ...jobLockDeps() };
}

/** Dependencies of refreshing the cache of plans. */
export function planRefreshDeps() {
  return once('planRefreshDeps', () => ({
    now,
    planCatalogue: planStore(),
    planCache: new VersionedCache(patientCacheDeps(), PLAN_CACHE),
  }));
}

/** Dependencies of an operator's work on the caches. It waits for Redis on a cold start, too. */
export function cacheAdminDeps() {
  return once('cacheAdminDeps', () => ({
    ...readDeps(),
    planCatalogue: planStore(),
    planCache: new VersionedCache(patientCacheDeps(), PLAN_CACHE),
    quotaCache: new VersionedCache(patientCacheDeps(), QUOTA_CACHE),
    cacheStats: new CacheStats(patientRedis()),
  }));
}

/** Dependencies of edits that readers of plans see at once. */
export function planEditDeps() {
  return once('planEditDeps', () => ({ ...planDeps(), planCache: planCache() }));
}

export function subscriptionCache() {
  return once('subscriptionCache', () => new VersionedCache(cacheDeps(), SUBSCRIPTION_CACHE));
}

/** Reads subscriptions: the cache before the table. */
export function readSubscriptionDeps() {
  return once('readSubscriptionDeps', () => ({
    ...subscriptionDeps(),
    subscriptionCache: subscriptionCache(),
    now,
  }));
}

export function cacheDeps() {
  return once('cacheDeps', () => ({
    ...clock,
    observe: publishCacheCounts,
    redis: redisTimeBudget().over(redis()),
  }));
}

/** Dependencies of caches that are refreshed in the background. */
export function patientCacheDeps() {
  return { ...clock, observe: publishCacheCounts, redis: patientRedis() };
}

/**
 * Time that a read may wait for Redis in all. Changes have none: their writes to the caches must not depend
 * on earlier waits.
 */
export function redisTimeBudget(): RedisTimeBudget {
  return once('redisTimeBudget', () => new RedisTimeBudget());
}

/**
 * Begins to load the clients of Redis and of its secret, and does not wait for them. For functions whose
 * callers wait for an answer from Redis: they call it at init, so that the first answer does not wait for the
 * import. It sends nothing, since an environment may be frozen between its init and its first request.
 */
export function preloadRedis(): void {
  // A failed import is seen, and handled, by the first call.
  void import('./redis.ts').catch(() => {});
}

function redis(patience?: RedisPatience): Redis {
  const shared = lazyRedis(async () => (await import('./redis.ts')).redisFromSecret(patience));
  return namespacedRedis(shared, env[ENV.tableName]);
}

/** Redis for background work and operators: with time to connect, and for a slow answer. */
function patientRedis(): Redis {
  return once('patientRedis', () => redis({ patienceMs: 500, budgetMs: 500 }));
}

function lockedBy(redisOfLocks: Redis): RunExclusiveDeps {
  const lockDeps = { redis: redisOfLocks, observe: publishLockEvent };
  return { withLock: (resource, work, options) => withLock(lockDeps, resource, work, options) };
}

function usageCache() {
  return once('usageCache', () => new VersionedCache(cacheDeps(), USAGE_CACHE));
}

function planCache() {
  return once('planCache', () => new VersionedCache(cacheDeps(), PLAN_CACHE));
}

function cachedPlans() {
  return once('cachedPlans', () => new CachedPlans(planCache(), planStore(), now));
}
