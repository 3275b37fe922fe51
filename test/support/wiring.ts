import { setTimeout as delay } from 'node:timers/promises';
import type { Loaded } from '../../shared/adapters/cache/cache-entry.ts';
import { MemoryCache } from '../../shared/adapters/cache/memory-cache.ts';
import { AccountStore } from '../../shared/adapters/dynamodb/account-store.ts';
import { ArchiveProgress } from '../../shared/adapters/dynamodb/archive-progress.ts';
import { DueIndex } from '../../shared/adapters/dynamodb/due-index.ts';
import type { Table } from '../../shared/adapters/dynamodb/dynamodb.ts';
import { LedgerStore } from '../../shared/adapters/dynamodb/ledger-store.ts';
import { OutboxIndex } from '../../shared/adapters/dynamodb/outbox-index.ts';
import { PlanStore } from '../../shared/adapters/dynamodb/plan-store.ts';
import { StripeEventStore } from '../../shared/adapters/dynamodb/stripe-event-store.ts';
import { SubscriptionStore } from '../../shared/adapters/dynamodb/subscription-store.ts';
import { TopIndex } from '../../shared/adapters/dynamodb/top-index.ts';
import { UsageStore } from '../../shared/adapters/dynamodb/usage-store.ts';
import { CounterLayoutCache } from '../../shared/usecases/quota/counter-layout-cache.ts';
import { DENIAL_CACHE, type DenyingImage } from '../../shared/usecases/quota/denial-cache.ts';
import { RetryBudget } from '../../shared/usecases/retry/retry-budget.ts';

/** A cache that stores nothing: every read loads. */
export const NO_CACHE = {
  read: loadUncached,
  readExisting: loadUncached,
  put: async () => false,
  refresh: async () => false,
  increment: async () => false,
  drop: async () => {},
};

async function loadUncached<V>(_id: string, load: () => Promise<Loaded<V>>) {
  return { ...(await load()), from: 'store' as const };
}

export interface WiringClock {
  /** Epoch ms. */
  readonly now: () => number;
  /** @default - real time */
  readonly sleep?: (ms: number) => Promise<void>;
  /** @default Math.random */
  readonly random?: () => number;
}

/**
 * Composes the service as one Lambda environment has it, without Redis and without a test runner: stores over
 * the table, and memory of its own. Replace or add dependencies by spreading.
 *
 * @example
 * const deps = { ...wire(table, { now: Date.now }), quotaCache };
 */
export function wire(
  table: Table,
  { now, sleep = async (ms) => delay(ms), random = Math.random }: WiringClock,
) {
  return {
    now,
    sleep,
    random,
    accounts: new AccountStore(table),
    ledger: new LedgerStore(table),
    plans: new PlanStore(table, now),
    usage: new UsageStore(table),
    subscriptions: new SubscriptionStore(table),
    stripeEvents: new StripeEventStore(table),
    dueIndex: new DueIndex(table),
    outboxIndex: new OutboxIndex(table),
    topIndex: new TopIndex(table),
    archiveProgress: new ArchiveProgress(table),
    layouts: new CounterLayoutCache(),
    retries: new RetryBudget(),
    denials: new MemoryCache<DenyingImage>(DENIAL_CACHE.capacity, DENIAL_CACHE.ttlMs, now),
    quotaCache: NO_CACHE,
    usageCache: NO_CACHE,
    planCache: NO_CACHE,
    subscriptionCache: NO_CACHE,
    customerCache: NO_CACHE,
    defaultPlanId: 'free',
  };
}
