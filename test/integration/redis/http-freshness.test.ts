import { afterAll, beforeAll, expect, inject, test, vi } from 'vitest';
import { PLAN_CACHE, QUOTA_CACHE } from '../../../shared/adapters/cache/cache-kinds.ts';
import { PlanStore } from '../../../shared/adapters/dynamodb/plan-store.ts';
import { namespaceOf } from '../../../shared/adapters/redis/namespaced-redis.ts';
import { jobEntry } from '../../../shared/contract.ts';
import { DEFAULT_CATALOGUE } from '../../../shared/domain/plan.ts';
import {
  call,
  captureLog,
  EVERYTHING,
  lambdaContext,
  loadHandler,
  setEnvironment,
} from '../../support/api.ts';
import { stored } from '../../support/caches.ts';
import { type LocalServer, serveLocally } from '../../support/local-server.ts';
import { createTestRedis, redisAddress, uniqueName } from '../../support/redis.ts';
import { createTestTable, type TestTable } from '../../support/table.ts';

let table: TestTable;
let log: ReturnType<typeof captureLog>;
let secrets: LocalServer;
beforeAll(async () => {
  table = await createTestTable();
  secrets = await serveLocally((_, response) => {
    response.setHeader('content-type', 'application/x-amz-json-1.1');
    response.end(JSON.stringify({ SecretString: JSON.stringify(redisAddress()) }));
  });
  setEnvironment(table.tableName, inject('dynamodbEndpoint'), {
    AWS_ENDPOINT_URL_SECRETS_MANAGER: secrets.url,
  });
  log = captureLog();
  const { free: body } = DEFAULT_CATALOGUE;
  const putFree = () => call('putPlan', { path: { planId: 'free' }, body, caller: EVERYTHING });
  // An emulator that has just started may take longer than a request's budget.
  await vi.waitFor(async () => expect((await putFree()).status).toBeLessThan(300), { timeout: 25_000 });
});
afterAll(async () => {
  log.restore();
  await secrets.stop();
  await table.drop();
});

const caller = EVERYTHING;
const consume = (userId: string) =>
  call('consumeQuota', { body: { userId, type: 'aiRequest', amount: 10 }, caller });
const check = (userId: string, more: object = {}) =>
  call('checkQuota', { body: { userId, type: 'aiRequest', ...more }, caller });
const read = (userId: string, query: Record<string, string> = {}) =>
  call('getUserQuota', { path: { userId }, query, caller });

const keyOfTable = (key: string) => `${namespaceOf(table.tableName)}:${key}`;

/** A user whose account is cached at version 1 and stored at version 2; no projector runs here. */
async function outdated(): Promise<string> {
  const userId = uniqueName('user');
  await consume(userId);
  // The first call bypasses Redis while its address is read.
  await expect
    .poll(async () => (await check(userId)).body, { timeout: 20_000 })
    .toMatchObject({ version: 1, cached: true });
  expect((await consume(userId)).body).toMatchObject({ version: 2, balance: { used: 20 } });
  return userId;
}

test('a check and a quota from the cache have their version and time', async () => {
  const userId = await outdated();
  const askedAt = new Date().toISOString();
  for (const { body } of [await check(userId), await read(userId)]) {
    expect(body).toMatchObject({ version: 1, cached: true });
    expect(body.asOf <= askedAt).toBe(true);
  }
});

test('minVersion, as a consume returned it, includes that change', async () => {
  const one = await outdated();
  expect((await check(one, { minVersion: 1 })).body).toMatchObject({ version: 1, cached: true });
  expect((await check(one, { minVersion: 2 })).body).toMatchObject({
    version: 2,
    cached: false,
    balance: { used: 20 },
  });
  // And the next reader has it too.
  expect((await check(one)).body).toMatchObject({ version: 2, cached: true });
  const other = await outdated();
  expect((await read(other, { minVersion: '2' })).body).toMatchObject({ version: 2, cached: false });
});

test('a minVersion that does not exist is answered with the newest', async () => {
  const userId = await outdated();
  expect((await check(userId, { minVersion: 99 })).body).toMatchObject({ version: 2, cached: false });
});

test('consistent=true includes every write accepted before', async () => {
  const one = await outdated();
  expect((await check(one, { consistent: true })).body).toMatchObject({ version: 2, cached: false });
  const other = await outdated();
  expect((await read(other, { consistent: 'true' })).body).toMatchObject({ version: 2, cached: false });
});

test('usage has the versions of its counters and days, and the requested freshness', async () => {
  const userId = await outdated();
  const usage = async (query: Record<string, string> = {}) =>
    (await call('getUserUsage', { path: { userId }, query: { type: 'aiRequest', ...query }, caller })).body;
  // No projector has written days.
  const days = { used: 0, daysVersion: 0 };
  const old = { version: 1, cached: true, features: [{ ...days, counters: [{ used: 10 }] }] };
  const fresh = { version: 2, cached: false, features: [{ ...days, counters: [{ used: 20 }] }] };
  expect(await usage()).toMatchObject(old);
  expect(await usage({ minVersion: '2' })).toMatchObject(fresh);
  expect(await usage({ minVersion: '99' })).toMatchObject(fresh);
  expect(await usage()).toMatchObject({ ...fresh, cached: true });
  await consume(userId);
  const askedAt = Date.now();
  const newest = await usage({ consistent: 'true' });
  expect(newest).toMatchObject({ version: 3, cached: false });
  expect(Date.parse(newest.asOf)).toBeGreaterThanOrEqual(askedAt);
});

test('a plan has its time, and the requested freshness', async () => {
  const id = uniqueName('plan').slice(0, 30);
  const plan = { id, name: 'One', allowances: [], createdAt: Date.now() };
  const plans = new PlanStore({ client: table.documentClient, name: table.tableName }, Date.now);
  const read = async (query: Record<string, string> = {}) =>
    (await call('getPlan', { path: { planId: id }, query, caller })).body;
  await plans.saveVersion({ ...plan, version: 1 });
  const { asOf } = await read();
  expect(await read()).toMatchObject({ version: 1, cached: true, asOf });
  // The cache is not updated by these.
  await plans.saveVersion({ ...plan, version: 2 });
  expect(await read({ minVersion: '1' })).toMatchObject({ version: 1, cached: true });
  expect(await read({ minVersion: '2' })).toMatchObject({ version: 2, cached: false });
  expect(await read()).toMatchObject({ version: 2, cached: true });
  await plans.saveVersion({ ...plan, version: 3 });
  expect(await read({ consistent: 'true' })).toMatchObject({ version: 3, cached: false });
  expect(await read({ minVersion: '99' })).toMatchObject({ version: 3, cached: false });
});

test('a plan change is visible at once', async () => {
  const userId = await outdated();
  const path = { userId };
  await call('putPlan', { path: { planId: 'pro' }, body: DEFAULT_CATALOGUE.pro, caller });
  const changed = await call('setUserPlan', { path, body: { planId: 'pro' }, caller });
  expect(changed).toMatchObject({ status: 200, body: { version: 3 } });
  expect((await check(userId)).body).toMatchObject({ version: 3, cached: true, balance: { limit: 5_000 } });
});

test('an edited plan is read as edited', async () => {
  const path = { planId: uniqueName('plan').slice(0, 30) };
  expect((await call('getPlan', { path, caller })).status).toBe(404);
  const allowances = [{ feature: 'aiRequest', limit: 1, interval: 'day' }];
  await call('putPlan', { path, body: { name: 'One', allowances }, caller });
  expect((await call('getPlan', { path, caller })).body).toMatchObject({ name: 'One', version: 1 });
  await call('putPlan', { path, body: { name: 'Two', allowances }, caller });
  expect((await call('getPlan', { path, caller })).body).toMatchObject({ name: 'Two', version: 2 });
});

test('a plan edit that did not reach Redis is cached by the next sweep', async () => {
  const planId = uniqueName('plan').slice(0, 30);
  const allowances = [{ feature: 'aiRequest', limit: 1, interval: 'day' }];
  for (const name of ['One', 'Two']) {
    await call('putPlan', { path: { planId }, body: { name, allowances }, caller });
  }
  const key = keyOfTable(PLAN_CACHE.keyOf(planId));
  const version = async () => (await stored(key)).fields.v;
  // As if Redis had not answered while the second version was saved.
  await createTestRedis().ask((commands) => commands.hset(key, { v: '1' }));
  expect(await version()).toBe('1');
  const sweep = await loadHandler(jobEntry('quota-reset'));
  const context = { ...lambdaContext(jobEntry('quota-reset')), getRemainingTimeInMillis: () => 900_000 };
  expect(await sweep({}, context)).toMatchObject({ state: 'succeeded' });
  expect(await version()).toBe('2');
});

test('a user and the plans are warmed up on request, as the statistics show', async () => {
  const userId = uniqueName('user');
  const warm = (body: object) => call('warmUpCache', { body, caller });
  // On a busy machine Redis may miss its budget.
  await expect
    .poll(() => warm({ userId }), { timeout: 20_000 })
    .toMatchObject({
      status: 200,
      body: { plans: 0, users: 1 },
    });
  expect((await stored(keyOfTable(QUOTA_CACHE.keyOf(userId)))).exists).toBe(true);
  await expect.poll(async () => (await warm({})).body.plans, { timeout: 20_000 }).toBeGreaterThanOrEqual(1);
  const readStats = () => call('getCacheStats', { caller });
  await expect.poll(readStats, { timeout: 20_000 }).toMatchObject({ status: 200, body: { available: true } });
  const stats = await readStats();
  expect(stats.body.kinds.map(({ kind }: { kind: string }) => kind)).toContain('quota');
});
