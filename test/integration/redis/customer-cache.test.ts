import { afterAll, beforeAll, expect, test } from 'vitest';
import { CUSTOMER_CACHE } from '../../../shared/adapters/cache/subscription-cache-kinds.ts';
import { VersionedCache } from '../../../shared/adapters/cache/versioned-cache.ts';
import { SubscriptionStore } from '../../../shared/adapters/dynamodb/subscription-store.ts';
import { noRedis, type Redis } from '../../../shared/adapters/redis/redis.ts';
import { findStripeUser } from '../../../shared/usecases/subscriptions/find-stripe-user.ts';
import { cacheDeps, stored } from '../../support/caches.ts';
import { createTestRedis, uniqueName } from '../../support/redis.ts';
import { meterRequests } from '../../support/request-meter.ts';
import { createTestTable, type TestTable } from '../../support/table.ts';

let table: TestTable;
let subscriptions: SubscriptionStore;
let meter: ReturnType<typeof meterRequests>;
beforeAll(async () => {
  table = await createTestTable();
  subscriptions = new SubscriptionStore({ client: table.documentClient, name: table.tableName });
  meter = meterRequests(table.documentClient);
});
afterAll(() => table.drop());

/** One environment that resolves customers; `named` are Stripe's users by customer. */
function environment({ named = {}, over }: { named?: Record<string, string>; over?: Redis } = {}) {
  const client = createTestRedis();
  const customerCache = new VersionedCache(cacheDeps({ redis: over ?? client }), CUSTOMER_CACHE);
  const stripe = {
    subscription: async () => undefined,
    customer: async (id: string) => ({ id, isDeleted: false, metadata: metadataOf(named[id]) }),
  };
  const deps = { subscriptions, stripe, customerCache, now: Date.now };
  const find = async (customerId: string) => (await findStripeUser(deps, { customerId })).userId;
  return { redis: client, customerCache, find };
}

function metadataOf(userId: string | undefined): Record<string, string> {
  return userId === undefined ? {} : { userId };
}

/** A customer mapped to a user, in no cache. */
async function knownCustomer() {
  const [customerId, userId] = [uniqueName('cus'), uniqueName('user')];
  await subscriptions.addCustomer(userId, customerId);
  return { customerId, userId };
}

/** The number of reads of the table. */
async function mapReads(run: () => Promise<unknown>): Promise<number> {
  meter.take();
  await run();
  return meter.take().length;
}

test('the key is stripe:customer:{id}, for an hour', async () => {
  const { customerId, userId } = await knownCustomer();
  await environment().find(customerId);
  const { fields, ttlMs } = await stored(`stripe:customer:${customerId}`);
  expect(fields).toMatchObject({ v: '1', x: JSON.stringify(userId) });
  expect(ttlMs).toBeGreaterThan(3_500_000);
  expect(ttlMs).toBeLessThanOrEqual(3_600_000);
});

test('is resolved by memory, else Redis, else the table', async () => {
  const { customerId, userId } = await knownCustomer();
  const [a, b] = [environment(), environment()];
  expect(await mapReads(() => a.find(customerId))).toBe(1);
  expect(a.redis.counters.calls).toBe(2);
  expect(await mapReads(() => b.find(customerId))).toBe(0);
  expect(b.redis.counters.calls).toBe(1);
  expect(await mapReads(() => b.find(customerId))).toBe(0);
  expect(b.redis.counters.calls).toBe(1);
  expect(await b.find(customerId)).toBe(userId);
});

test('without a user is never taken from the cache', async () => {
  const { customerId, userId } = await knownCustomer();
  const [a, stranger] = [environment(), uniqueName('cus')];
  await a.customerCache.put(customerId, { value: undefined, version: 0, asOf: 0 });
  expect(await a.find(customerId)).toBe(userId);
  expect(await a.find(stranger)).toBeUndefined();
  // They become a user, and neither Redis nor memory is updated.
  await subscriptions.addCustomer(userId, stranger);
  expect(await a.find(stranger)).toBe(userId);
});

test('a late fill of "unknown" does not replace the user', async () => {
  const [a, b] = [environment(), environment()];
  const { customerId, userId } = await knownCustomer();
  await a.find(customerId);
  expect(await b.customerCache.put(customerId, { value: undefined, version: 0, asOf: 0 })).toBe(false);
  expect((await stored(`stripe:customer:${customerId}`)).fields.x).toBe(JSON.stringify(userId));
});

test('the first recorded user stays, even if another one adds the customer: so the cache may answer', async () => {
  const { customerId, userId } = await knownCustomer();
  const another = uniqueName('user');
  await subscriptions.addCustomer(another, customerId);
  expect(await subscriptions.userOf(customerId)).toBe(userId);
  // It is read for the other user's subscriptions too.
  expect(await subscriptions.customersOf(another)).toEqual([customerId]);
  const customer = uniqueName('cus');
  await Promise.all([userId, another].map((name) => subscriptions.addCustomer(name, customer)));
  const settled = await subscriptions.userOf(customer);
  expect([userId, another]).toContain(settled);
  expect(await environment().find(customer)).toBe(settled);
});

test('Stripe’s user comes before the recorded one', async () => {
  const { customerId } = await knownCustomer();
  const another = uniqueName('user');
  expect(await environment({ named: { [customerId]: another } }).find(customerId)).toBe(another);
});

test('without Redis it is resolved by the table', async () => {
  const { customerId, userId } = await knownCustomer();
  expect(await environment({ over: noRedis }).find(customerId)).toBe(userId);
});
