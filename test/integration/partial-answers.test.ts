import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dueShard } from '../../shared/adapters/dynamodb/account-codec.ts';
import { AccountScan } from '../../shared/adapters/dynamodb/account-scan.ts';
import { AccountStore } from '../../shared/adapters/dynamodb/account-store.ts';
import { AlertStore } from '../../shared/adapters/dynamodb/alert-store.ts';
import { DueIndex, type DuePosition } from '../../shared/adapters/dynamodb/due-index.ts';
import type { Table } from '../../shared/adapters/dynamodb/dynamodb.ts';
import { JobStore } from '../../shared/adapters/dynamodb/job-store.ts';
import {
  type ItemKey,
  jobRunKey,
  paymentKey,
  stripeMapKey,
  subscriptionHistoryKey,
  subscriptionKey,
} from '../../shared/adapters/dynamodb/keys.ts';
import { LedgerArchive } from '../../shared/adapters/dynamodb/ledger-archive.ts';
import { LedgerStore } from '../../shared/adapters/dynamodb/ledger-store.ts';
import { OutboxIndex } from '../../shared/adapters/dynamodb/outbox-index.ts';
import { PlanStore } from '../../shared/adapters/dynamodb/plan-store.ts';
import { StripeEventStore } from '../../shared/adapters/dynamodb/stripe-event-store.ts';
import { SubscriptionStore } from '../../shared/adapters/dynamodb/subscription-store.ts';
import { TopIndex } from '../../shared/adapters/dynamodb/top-index.ts';
import { topShard } from '../../shared/adapters/dynamodb/top-partition.ts';
import { UsageArchive } from '../../shared/adapters/dynamodb/usage-archive.ts';
import { UsageStore } from '../../shared/adapters/dynamodb/usage-store.ts';
import { FAR_FUTURE } from '../../shared/domain/account.ts';
import { NO_SUMS } from '../../shared/domain/ledger-sums.ts';
import { operationKey } from '../../shared/domain/operation.ts';
import { projectChanges } from '../../shared/usecases/ledger/project-changes.ts';
import { consume } from '../../shared/usecases/quota/consume.ts';
import { answeringInPart, readingNoBatch } from '../support/answering-in-part.ts';
import { notificationDeps } from '../support/published.ts';
import { units } from '../support/sample-account.ts';
import { createTestService, type TestService } from '../support/service.ts';

/** Three of everything: a first page, a last one, and one in between. */
const KEYS = ['order-1', 'order-2', 'order-3'];
const PRICES = { monthly: 'price_1', yearly: 'price_2', weekly: 'price_3' };
const DAYS = ['2033-05-10', '2033-05-11', '2033-05-12'];
const EVENT_IDS = ['evt_1', 'evt_2', 'evt_3'];

let service: TestService;
let userIds: readonly string[];
let userId: string;
const topOfDay = { date: '2033-05-12' };

beforeAll(async () => {
  service = await createTestService();
  userIds = usersOfOneShard(3);
  [userId = ''] = userIds;
  for (const limit of [100, 200, 300]) await service.createPlan('team', [{ limit }]);
  await service.plans.saveVersion({ ...(await newestPlan()), version: 4, prices: PRICES });
  await service.createPlan('last', [{ feature: 'upload' }]);
  for (const date of DAYS) {
    service.clock.freezeAt(`${date}T12:00:00Z`);
    for (const user of userIds) {
      const idempotencyKey = KEYS[DAYS.indexOf(date)];
      await consume(service, { userId: user, amounts: units(31), ...(idempotencyKey && { idempotencyKey }) });
    }
  }
  // Nothing publishes the alerts, so they stay in the outbox index.
  const table = tableOf(service.table.documentClient);
  await projectChanges(
    service.environment(notificationDeps(table, service.published, () => false)),
    await service.stream.changes(),
  );
  await Promise.all([
    ...recordsOf(userId),
    ...EVENT_IDS.map((id) => new StripeEventStore(table).finish(id, Date.now())),
  ]);
});
afterAll(() => service.table.drop());

const newestPlan = async () => (await service.plans.newest('team')) ?? expect.fail('no plan');
const tableOf = (client: Table['client']): Table => ({ client, name: service.table.tableName });

function usersOfOneShard(count: number): string[] {
  const found: string[] = [];
  const isAlike = (id: string) =>
    found.every((one) => topShard(one) === topShard(id) && dueShard(one) === dueShard(id));
  while (found.length < count) {
    const id = randomUUID();
    if (isAlike(id)) found.push(id);
  }
  return found;
}

/** History, payments, job runs and Stripe's ids, as their stores write them. */
function recordsOf(user: string): Promise<unknown>[] {
  const put = (Item: Record<string, unknown>) =>
    service.table.documentClient.send(new PutCommand({ TableName: service.table.tableName, Item }));
  const archive = new LedgerArchive(tableOf(service.table.documentClient));
  const checkpoint = { ...NO_SUMS, version: 1, since: NO_SUMS, expireAt: 0 };
  return [1, 2, 3].flatMap((number) => [
    archive.saveCheckpoint({ ...checkpoint, userId: userIds[number - 1] ?? '' }),
    put({ ...subscriptionHistoryKey(user, number, number), subscription: { version: number } }),
    put({ ...paymentKey(user, number, `in_${number}`), payment: { id: `in_${number}` } }),
    put({ ...jobRunKey('quota-reset', `run-${number}`), run: { id: `run-${number}` } }),
    put({ ...stripeMapKey(`cus_${number}`), userId: `${user}-${number}` }),
    put({ ...subscriptionKey(userIds[number - 1] ?? ''), subscription: { version: number } }),
  ]);
}

/** All pages, each from the cursor of the one before. */
async function allPages<T, P>(
  page: (after: P | undefined) => Promise<{ readonly items: readonly T[]; readonly next: P | undefined }>,
): Promise<T[]> {
  const found: T[] = [];
  let after: P | undefined;
  do {
    const { items, next } = await page(after);
    found.push(...items);
    after = next;
  } while (after !== undefined);
  return found;
}

async function allOf<T>(pages: AsyncIterable<readonly T[]>): Promise<T[]> {
  const found: T[] = [];
  for await (const page of pages) found.push(...page);
  return found;
}

const alertNames = () =>
  userIds.map((id) => ({
    userId: id,
    feature: 'aiRequest',
    interval: 'month' as const,
    periodStart: Date.UTC(2033, 4),
    level: 'warning' as const,
  }));

/** Every paged or batched read of the stores, with the number of its results. */
const READS: Readonly<Record<string, (table: Table) => Promise<Iterable<unknown>>>> = {
  'plans: list': (table) => new PlanStore(table, Date.now).list(),
  'plans: pages': (table) => allPages((after?: string) => new PlanStore(table, Date.now).page(100, after)),
  'plans: versions': (table) => new PlanStore(table, Date.now).versions('team'),
  'plans: planOfPrices': (table) => new PlanStore(table, Date.now).planOfPrices(Object.values(PRICES)),
  'accounts: readMany': (table) => new AccountStore(table).readMany(userIds),
  'accounts: subscriptionVersions': (table) => new AccountStore(table).subscriptionVersions(userIds),
  'ledger archive: after': (table) => new LedgerArchive(table).after(userId, 0, 100),
  'ledger archive: checkpoints': (table) => new LedgerArchive(table).checkpoints(userIds),
  'usage archive: due': (table) =>
    new UsageArchive(table).due(userId, { date: '2033-05-13', instant: Date.UTC(2033, 4, 13) }),
  'accounts: scan': (table) =>
    allPages(async (after?: ItemKey) => {
      const { userIds: items, next } = await new AccountScan(table).page({ segment: 0, segments: 1, after });
      return { items, next };
    }),
  'plans: version pages': (table) =>
    allPages(async (after?: string) => {
      const page = await new PlanStore(table, Date.now).versionPage(
        'team',
        100,
        after ? Number(after) : undefined,
      );
      return page ?? { items: [], next: undefined };
    }),
  'ledger: newest': (table) => new LedgerStore(table).newest(userId, 3),
  'ledger: findRecords': (table) => new LedgerStore(table).findRecords(userId, KEYS.map(operationKey)),
  'usage: days': (table) => new UsageStore(table).days(userId, 'aiRequest', '2033-05-01', '2033-05-31'),
  'top: largestOfDay': (table) =>
    new TopIndex(table).largestOfDay('aiRequest', topOfDay.date, topShard(userId), 3),
  'top: daysOf': (table) => allOf(new TopIndex(table).daysOf('aiRequest', topOfDay.date, topShard(userId))),
  'top: alertsOf': (table) => allOf(new TopIndex(table).alertsOf(topOfDay.date, topShard(userId))),
  'top: alertedOn': (table) => allOf(new TopIndex(table).alertedOn(topOfDay.date, topShard(userId))),
  'top: shardsOfDays': (table) =>
    new TopIndex(table).shardsOfDays('aiRequest', { from: '2033-05-01', to: '2033-05-31' }),
  'due: due': (table) =>
    allPages(async (after?: DuePosition) => {
      const { userIds: items, next } = await new DueIndex(table).due(
        dueShard(userId),
        FAR_FUTURE,
        100,
        after,
      );
      return { items, next };
    }),
  'untold: untold': (table) =>
    allPages(async (after?: DuePosition) => {
      const index = new OutboxIndex(table);
      const { alerts: items, next } = await index.untold(dueShard(userId), FAR_FUTURE, 100, after);
      return { items, next };
    }),
  'alerts: readMany': (table) => new AlertStore(table).readMany(alertNames()),
  'stripe events: done': (table) => new StripeEventStore(table).done(EVENT_IDS),
  'subscriptions: readMany': (table) => new SubscriptionStore(table).readMany(userIds),
  'subscriptions: usersOf': (table) => new SubscriptionStore(table).usersOf(['cus_1', 'cus_2', 'cus_3']),
  'subscriptions: history': (table) =>
    allPages((after?: string) => new SubscriptionStore(table).history(userId, 100, after)),
  'subscriptions: payments': (table) =>
    allPages((after?: string) => new SubscriptionStore(table).payments(userId, 100, after)),
  'jobs: runs': (table) => allPages((after?: string) => new JobStore(table).page('quota-reset', 100, after)),
};

const BATCH_READS = Object.keys(READS).filter((name) =>
  /Many|Records|usersOf|Versions|done|OfPrices/.test(name),
);

it('covers every store that reads pages or batches', () => {
  const folder = join(import.meta.dirname, '../../shared/adapters/dynamodb');
  const shared = ['batch-get.ts', 'query-all.ts', 'record-page.ts'];
  const own = readFileSync(import.meta.filename, 'utf8');
  const reads = /\b(queryAll|batchGet|readPage|new QueryCommand|new ScanCommand|new BatchGetCommand)\(/;
  const uncovered = readdirSync(folder)
    .filter((file) => !shared.includes(file) && reads.test(readFileSync(join(folder, file), 'utf8')))
    // Active shards are read through the index that needs them.
    .filter((file) => file !== 'active-shards.ts' && !own.includes(`/${file}'`));
  expect(uncovered).toEqual([]);
});

describe('Nothing is dropped silently when DynamoDB returns the smallest possible part', () => {
  it.each(Object.entries(READS))('by %s', async (_, read) => {
    const whole = [...(await read(tableOf(service.table.documentClient)))];
    expect(whole.length).toBeGreaterThanOrEqual(3);
    const part = [...(await read(tableOf(answeringInPart(service.table.documentClient))))];
    expect(part).toEqual(expect.arrayContaining(whole));
    expect(part).toHaveLength(whole.length);
  });

  it.each(BATCH_READS)('by %s, which fails when no key is processed', async (name) => {
    const read = READS[name];
    await expect(read?.(tableOf(readingNoBatch(service.table.documentClient)))).rejects.toThrow(
      'were not read',
    );
  });
});
