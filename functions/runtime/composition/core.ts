import { LambdaClient } from '@aws-sdk/client-lambda';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { BootstrapKeysSecret } from '../../../shared/adapters/aws/bootstrap-keys-secret.ts';
import { JobStarter } from '../../../shared/adapters/aws/job-starter.ts';
import { PLAN_CACHE, QUOTA_CACHE, USAGE_CACHE } from '../../../shared/adapters/cache/cache-kinds.ts';
import { CacheStats } from '../../../shared/adapters/cache/cache-stats.ts';
import { CachedPlans } from '../../../shared/adapters/cache/cached-plans.ts';
import { MemoryCache } from '../../../shared/adapters/cache/memory-cache.ts';
import { SUBSCRIPTION_CACHE } from '../../../shared/adapters/cache/subscription-cache-kinds.ts';
import { VersionedCache } from '../../../shared/adapters/cache/versioned-cache.ts';
import { AccountScan } from '../../../shared/adapters/dynamodb/account-scan.ts';
import { AccountStore } from '../../../shared/adapters/dynamodb/account-store.ts';
import { ApiKeyStore } from '../../../shared/adapters/dynamodb/api-key-store.ts';
import { DueIndex } from '../../../shared/adapters/dynamodb/due-index.ts';
import { createDynamoDb, type Table } from '../../../shared/adapters/dynamodb/dynamodb.ts';
import { JobStore } from '../../../shared/adapters/dynamodb/job-store.ts';
import { LedgerStore } from '../../../shared/adapters/dynamodb/ledger-store.ts';
import { PlanStore } from '../../../shared/adapters/dynamodb/plan-store.ts';
import { SubscriptionStore } from '../../../shared/adapters/dynamodb/subscription-store.ts';
import { TableProbe } from '../../../shared/adapters/dynamodb/table-probe.ts';
import { UsageStore } from '../../../shared/adapters/dynamodb/usage-store.ts';
import { withLock } from '../../../shared/adapters/lock/with-lock.ts';
import { lazyRedis } from '../../../shared/adapters/redis/lazy-redis.ts';
import type { Redis } from '../../../shared/adapters/redis/redis.ts';
import type { RedisPatience } from '../../../shared/adapters/redis/redis-from-secret.ts';
import { RedisTimeBudget } from '../../../shared/adapters/redis/redis-time-budget.ts';
import { ENV } from '../../../shared/contract.ts';
import type { RunJobDeps } from '../../../shared/usecases/jobs/run-job.ts';
import { CounterLayoutCache } from '../../../shared/usecases/quota/counter-layout-cache.ts';
import { DENIAL_CACHE, type DenyingImage } from '../../../shared/usecases/quota/denial-cache.ts';
import { RetryBudget } from '../../../shared/usecases/retry/retry-budget.ts';
import type { RunExclusiveDeps } from '../../../shared/usecases/retry/run-exclusive.ts';
import { env, readJobEnv, readSeedEnv } from '../env.ts';
import { publishCacheCounts, publishLockEvent } from '../telemetry/redis-metrics.ts';

/**
 * The composition root: the only place that constructs clients and stores, each on first use and once per environment. Plain functions,
 * so that a bundle contains only what its handler uses.
 */

const made = new Map<string, unknown>();

export function once<T>(name: string, make: () => T): T {
  if (!made.has(name)) made.set(name, make());
  return made.get(name) as T; // set by the same name's own factory
}

/** Epoch ms. */
export const now = (): number => Date.now();

export const clock = {
  now,
  sleep: (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms)),
  random: Math.random,
};

export function table(): Table {
  return once('table', () => ({ client: createDynamoDb(), name: env[ENV.tableName] }));
}

/** Time zone in which days of usage and reports begin (IANA). */
export function reportTimeZone(): string {
  return env[ENV.reportTimeZone];
}

/** Dependencies of verbs that change accounts. */
export function quotaDeps() {
  return once('quotaDeps', () => ({
    ...clock,
    accounts: new AccountStore(table()),
    ledger: new LedgerStore(table()),
    layouts: new CounterLayoutCache(),
    retries: new RetryBudget(),
    denials: new MemoryCache<DenyingImage>(DENIAL_CACHE.capacity, DENIAL_CACHE.ttlMs, now),
    plans: planStore(),
    defaultPlanId: env[ENV.defaultPlanId],
  }));
}

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

/** Dependencies of changes that callers of `check` see at once. */
export function planChangeDeps() {
  const { quotaCache } = readDeps();
  return once('planChangeDeps', () => ({ ...quotaDeps(), quotaCache, usageCache: usageCache() }));
}

/** Lock of a job's runs. No request waits for a job, so it may wait longer for Redis. */
function jobLockDeps(): RunExclusiveDeps {
  return lockedBy(patientRedis());
}

/** Per-user lock for webhook handling. Webhooks are rare, so most run on a cold start and need time to connect. */
export function userLockDeps(): RunExclusiveDeps {
  return lockedBy(once('userLockRedis', () => redis({ patienceMs: 500 })));
}

/** Dependencies of a job's run: its lock, its claim and its record. */
export function runJobDeps(): RunJobDeps {
  return { ...jobDeps(), ...jobLockDeps() };
}

export function jobDeps() {
  return once('jobDeps', () => ({ ...clock, jobs: new JobStore(table()) }));
}

/** Dependencies of starting a job on request. */
export function requestJobDeps() {
  return once('requestJobDeps', () => ({
    ...jobDeps(),
    plans: planStore(),
    jobStarter: new JobStarter(new LambdaClient(), JSON.parse(readJobEnv()[ENV.jobFunctions])),
  }));
}

export function sweepDeps() {
  return once('sweepDeps', () => ({ ...quotaDeps(), dueIndex: new DueIndex(table()) }));
}

/** Dependencies of the rollout of a plan to its accounts. */
export function rolloutDeps() {
  return once('rolloutDeps', () => ({ ...quotaDeps(), accountScan: new AccountScan(table()) }));
}

/** Dependencies of the ledger audit, which only reads. */
export function auditDeps() {
  return once('auditDeps', () => ({
    ...clock,
    accounts: new AccountStore(table()),
    ledger: new LedgerStore(table()),
    accountScan: new AccountScan(table()),
  }));
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

export function planDeps() {
  return once('planDeps', () => ({ now, plans: planStore() }));
}

/** Dependencies of edits that readers of plans see at once. */
export function planEditDeps() {
  return once('planEditDeps', () => ({ ...planDeps(), planCache: planCache() }));
}

export function apiKeyDeps() {
  return once('apiKeyDeps', () => ({ now, apiKeys: new ApiKeyStore(table()) }));
}

export function seedDeps() {
  return once('seedDeps', () => ({ ...planDeps(), ...apiKeyDeps() }));
}

/** The content of the secret with the first keys. */
export function readBootstrapSecret(): Promise<unknown> {
  return new BootstrapKeysSecret(new SecretsManagerClient(), readSeedEnv()[ENV.firstKeysSecretArn]).read();
}

/** Dependencies of reads of stored subscriptions. */
export function subscriptionDeps() {
  return once('subscriptionDeps', () => ({ subscriptions: new SubscriptionStore(table()) }));
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

export function healthDeps() {
  return once('healthDeps', () => ({ tableProbe: new TableProbe(table()) }));
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

/** Time that a read may wait for Redis in all. Changes have none: their writes to the caches must not depend on earlier waits. */
export function redisTimeBudget(): RedisTimeBudget {
  return once('redisTimeBudget', () => new RedisTimeBudget());
}

/**
 * Begins to load the clients of Redis and of its secret, and does not wait for them. For functions whose callers wait for an answer
 * from Redis: they call it at init, so that the first answer does not wait for the import. It sends nothing, since an environment may
 * be frozen between its init and its first request.
 */
export function preloadRedis(): void {
  // A failed import is seen, and handled, by the first call.
  void import('./redis.ts').catch(() => {});
}

function redis(patience?: RedisPatience): Redis {
  return lazyRedis(async () => (await import('./redis.ts')).redisFromSecret(patience));
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

function planStore(): PlanStore {
  return once('planStore', () => new PlanStore(table(), now));
}
