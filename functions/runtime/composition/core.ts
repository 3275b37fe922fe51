import { LambdaClient } from '@aws-sdk/client-lambda';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { BootstrapKeysSecret } from '../../../shared/adapters/aws/bootstrap-keys-secret.ts';
import { JobStarter } from '../../../shared/adapters/aws/job-starter.ts';
import { MemoryCache } from '../../../shared/adapters/cache/memory-cache.ts';
import { AccountScan } from '../../../shared/adapters/dynamodb/account-scan.ts';
import { AccountStore } from '../../../shared/adapters/dynamodb/account-store.ts';
import { ApiKeyStore } from '../../../shared/adapters/dynamodb/api-key-store.ts';
import { ArchiveProgress } from '../../../shared/adapters/dynamodb/archive-progress.ts';
import { DueIndex } from '../../../shared/adapters/dynamodb/due-index.ts';
import { createDynamoDb, type Table } from '../../../shared/adapters/dynamodb/dynamodb.ts';
import { JobStore } from '../../../shared/adapters/dynamodb/job-store.ts';
import { LedgerStore } from '../../../shared/adapters/dynamodb/ledger-store.ts';
import { PlanStore } from '../../../shared/adapters/dynamodb/plan-store.ts';
import { RateBucketStore } from '../../../shared/adapters/dynamodb/rate-bucket-store.ts';
import { SubscriptionStore } from '../../../shared/adapters/dynamodb/subscription-store.ts';
import { TableLayout } from '../../../shared/adapters/dynamodb/table-layout.ts';
import { TableProbe } from '../../../shared/adapters/dynamodb/table-probe.ts';
import { TableProtection } from '../../../shared/adapters/dynamodb/table-protection.ts';
import { keepAliveAgents } from '../../../shared/adapters/http/keep-alive.ts';
import { ENV } from '../../../shared/contract.ts';
import type { KeyLease } from '../../../shared/usecases/keys/key-lease.ts';
import { LEASE_CACHE } from '../../../shared/usecases/keys/limit-rate.ts';
import { CounterLayoutCache } from '../../../shared/usecases/quota/counter-layout-cache.ts';
import { DENIAL_CACHE, type DenyingImage } from '../../../shared/usecases/quota/denial-cache.ts';
import { RetryBudget } from '../../../shared/usecases/retry/retry-budget.ts';
import { env, readJobEnv, readSeedEnv } from '../env.ts';
import { recordUnshared } from '../telemetry/record-keys.ts';

/**
 * The composition root: the only place that constructs clients and stores, each on first use and once per
 * environment. Plain functions, so that a bundle contains only what its handler uses.
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

export function jobDeps() {
  return once('jobDeps', () => ({ ...clock, jobs: new JobStore(table()) }));
}

/** Dependencies of starting a job on request. */
export function requestJobDeps() {
  return once('requestJobDeps', () => ({
    ...jobDeps(),
    plans: planStore(),
    jobStarter: new JobStarter(
      new LambdaClient({ requestHandler: keepAliveAgents() }),
      JSON.parse(readJobEnv()[ENV.jobFunctions]),
    ),
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

/** Which part of the history may have left the table. */
export function archiveProgressDeps() {
  return once('archiveProgressDeps', () => ({ archiveProgress: new ArchiveProgress(table()) }));
}

export function planDeps() {
  return once('planDeps', () => ({ now, plans: planStore() }));
}

export function apiKeyDeps() {
  return once('apiKeyDeps', () => ({ now, apiKeys: new ApiKeyStore(table()) }));
}

/** Dependencies of the rate limits of API keys. */
export function rateLimitDeps() {
  return once('rateLimitDeps', () => ({
    now,
    rateBuckets: new RateBucketStore(table()),
    leases: new MemoryCache<KeyLease>(LEASE_CACHE.capacity, LEASE_CACHE.ttlMs, now),
    onFault: recordUnshared,
  }));
}

export function seedDeps() {
  return once('seedDeps', () => ({ ...planDeps(), ...apiKeyDeps() }));
}

export function tableLayout(): TableLayout {
  return once('tableLayout', () => new TableLayout(table()));
}

export function tableProtection(): TableProtection {
  return once('tableProtection', () => new TableProtection(table()));
}

/** The content of the secret with the first keys. */
export function readBootstrapSecret(): Promise<unknown> {
  return new BootstrapKeysSecret(
    new SecretsManagerClient({ requestHandler: keepAliveAgents() }),
    readSeedEnv()[ENV.firstKeysSecretArn],
  ).read();
}

/** Dependencies of reads of stored subscriptions. */
export function subscriptionDeps() {
  return once('subscriptionDeps', () => ({ subscriptions: new SubscriptionStore(table()) }));
}

export function healthDeps() {
  return once('healthDeps', () => ({ tableProbe: new TableProbe(table()) }));
}

export function planStore(): PlanStore {
  return once('planStore', () => new PlanStore(table(), now));
}
