import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { METRICS, type OperationName, ROUTES, type Route, SCOPES } from '../../../shared/contract.ts';
import { type ApiRequest, call, EVERYTHING } from '../../support/api.ts';
import { DYNAMODB } from '../../support/fault-proxy/dynamodb-protocol.ts';
import { type FaultProxy, startFaultProxy } from '../../support/fault-proxy/fault-proxy.ts';
import { rightRequest } from '../../support/right-request.ts';
import { type SeededApi, seedApi } from '../../support/seed-api.ts';
import { createTestTable } from '../../support/table.ts';
import { keyed } from '../../support/user-api.ts';

let api: SeededApi;
/** Between the functions and the table. */
let proxy: FaultProxy;
beforeAll(async () => {
  const table = await createTestTable();
  proxy = await startFaultProxy({ upstream: table.endpoint, protocol: DYNAMODB });
  api = await seedApi({ ...table, endpoint: proxy.url });
});
afterAll(async () => {
  await api.stop();
  await proxy.stop();
});

const create = (body: object) =>
  call('createApiKey', { key: api.adminKey, body: { name: 'test', scopes: SCOPES, ...body } });

/** A key that may send a number of requests now, and one more each second. */
async function keyFor(requests: number, more: object = {}): Promise<string> {
  const { status, body } = await create({ requestsPerSecond: 1, burst: requests, ...more });
  expect(status).toBe(201);
  return body.key;
}

const consume = (key: string, userId: string, more: ApiRequest = {}) =>
  call('consumeQuota', { key, body: { userId, type: 'aiRequest' }, ...more });
const used = async (userId: string) =>
  (await call('getUserQuota', { key: api.serviceKey, path: { userId }, query: { consistent: 'true' } })).body
    .features[0].balance.used;

describe('a key’s limit', () => {
  test('is set when it is created, and shown', async () => {
    expect((await create({ requestsPerSecond: 50 })).body).toMatchObject({
      requestsPerSecond: 50,
      burst: 50,
    });
    expect((await create({ requestsPerSecond: 50, burst: 200 })).body).toMatchObject({
      requestsPerSecond: 50,
      burst: 200,
    });
    const { body } = await create({});
    expect(body).not.toHaveProperty('requestsPerSecond');
    expect(body).not.toHaveProperty('burst');
  });

  test.each([
    [{ requestsPerSecond: 0 }, 'requestsPerSecond', 'must be an integer from 1 to 10000'],
    [{ requestsPerSecond: 1.5 }, 'requestsPerSecond', 'must be an integer from 1 to 10000'],
    [{ requestsPerSecond: 10_001 }, 'requestsPerSecond', 'must be an integer from 1 to 10000'],
    [{ requestsPerSecond: '5' }, 'requestsPerSecond', 'must be an integer from 1 to 10000'],
    [{ requestsPerSecond: 5, burst: 0 }, 'burst', 'must be an integer from 1 to 100000'],
    [{ requestsPerSecond: 5, burst: 4 }, 'burst', 'must be at least requestsPerSecond'],
    [{ burst: 4 }, 'burst', 'must come with requestsPerSecond'],
  ])('%j is rejected', async (limit, path, message) => {
    expect(await create(limit)).toMatchObject({
      status: 400,
      body: { code: 'invalid_request', errors: [{ path, message }] },
    });
  });
});

describe('a request above the limit', () => {
  test('is 429 with its own code, changes nothing, and is accepted later', async () => {
    const [key, userId] = [await keyFor(3), randomUUID()];
    for (let sent = 0; sent < 3; sent += 1) expect((await consume(key, userId)).status).toBe(200);
    const rejected = await consume(key, userId, keyed('order-1'));
    expect(rejected).toMatchObject({
      status: 429,
      headers: {
        'Retry-After': '1',
        'RateLimit-Policy': '"requests";q=1;w=1',
        RateLimit: '"requests";r=0;t=1',
      },
      body: { code: 'rate_limited', requestsPerSecond: 1, burst: 3 },
    });
    expect(await used(userId)).toBe(3);
    await sleep(1_100);
    expect((await consume(key, userId, keyed('order-1'))).body).toMatchObject({ replayed: false });
    expect(await used(userId)).toBe(4);
  });

  test('is distinct from a denial of quota', async () => {
    const [key, userId] = [await keyFor(2), randomUUID()];
    const ask = () => call('consumeQuota', { key, body: { userId, type: 'aiRequest', amount: 1_000 } });
    expect([(await ask()).body.code, (await ask()).body.code, (await ask()).body.code]).toEqual([
      'exceeded',
      'exceeded',
      'rate_limited',
    ]);
  });

  test('does not affect other keys', async () => {
    const [noisy, quiet, userId] = [await keyFor(1), await keyFor(20), randomUUID()];
    for (let sent = 0; sent < 10; sent += 1) await consume(noisy, userId);
    for (let sent = 0; sent < 20; sent += 1) expect((await consume(quiet, randomUUID())).status).toBe(200);
    expect((await consume(noisy, userId)).body.code).toBe('rate_limited');
  });

  test('writes no line of its own: one counts them for ten seconds, and names the key', async () => {
    const [key, userId] = [await keyFor(1), randomUUID()];
    api.log.lines.length = 0;
    for (let sent = 0; sent < 30; sent += 1) await consume(key, userId);
    const about = api.log.lines.filter((line) => METRICS.keys.rateLimited in line);
    expect(about.length).toBeLessThanOrEqual(1);
    expect(api.log.lines.length).toBeLessThanOrEqual(2);
    for (const line of about) expect(line).toHaveProperty('keyId', expect.stringMatching(/^[0-9a-f]{64}$/));
  });

  test('is rejected while the authorizer defers, too', async () => {
    const authorization = `Bearer ${await keyFor(1)}`;
    const ask = () => call('listPlans', { caller: { reason: 'not_judged' }, headers: { authorization } });
    expect([(await ask()).status, (await ask()).status]).toEqual([200, 429]);
  });
});

describe('one request', () => {
  test('is a batch, whatever the number of its items', async () => {
    const [key, userId] = [await keyFor(2), randomUUID()];
    const items = Array.from({ length: 5 }, () => ({ type: 'aiRequest', amount: 1 }));
    const batch = () => call('batchConsumeQuota', { key, body: { userId, items } });
    expect([(await batch()).status, (await batch()).status, (await batch()).status]).toEqual([200, 200, 429]);
    expect(await used(userId)).toBe(10);
  });

  test('is one that is invalid, and not one that lacks the scope', async () => {
    const key = await keyFor(1, { scopes: ['quota'] });
    for (let sent = 0; sent < 3; sent += 1) expect((await call('listPlans', { key })).status).toBe(403);
    expect((await call('consumeQuota', { key, body: {} })).status).toBe(400);
    expect((await call('consumeQuota', { key, body: {} })).status).toBe(429);
  });

  // The keys of `ROUTES` are the operation names.
  const routes = (Object.entries(ROUTES) as [OperationName, Route][]).filter(
    ([, { scope }]) => scope !== null,
  );

  test.each(routes.map(([name]) => name))('is one on any route: %s', async (name) => {
    const request = { ...rightRequest(name, randomUUID()), key: await keyFor(1) };
    expect((await call(name, request)).body?.code).not.toBe('rate_limited');
    expect(await call(name, request)).toMatchObject({ status: 429, body: { code: 'rate_limited' } });
  });
});

describe('costs', () => {
  /** The requests to the table for a consume of a known account, without those of the authorizer. */
  async function requestsOf(context: object): Promise<string[]> {
    const userId = randomUUID();
    const caller = { ...EVERYTHING, keyId: randomUUID(), ...context };
    const once = () => call('consumeQuota', { caller, body: { userId, type: 'aiRequest' } });
    await call('consumeQuota', { caller: EVERYTHING, body: { userId, type: 'aiRequest' } });
    const before = proxy.requests.length;
    expect((await once()).status).toBe(200);
    return proxy.requests.slice(before).map(({ operation }) => operation);
  }

  test('nothing without a limit: a consume is one request', async () => {
    expect(await requestsOf({})).toEqual(['UpdateItem']);
  });

  test('a write for the first request of an environment, and fewer for those after it', async () => {
    const limit = { requestsPerSecond: '1000', burst: '1000' };
    expect(await requestsOf(limit)).toEqual(['UpdateItem', 'UpdateItem']);
    const [caller, userId] = [{ ...EVERYTHING, keyId: randomUUID(), ...limit }, randomUUID()];
    const check = () => call('checkQuota', { caller, body: { userId, type: 'aiRequest' } });
    const before = proxy.requests.length;
    for (let sent = 0; sent < 60; sent += 1) expect((await check()).status).toBe(200);
    const writes = proxy.requests.slice(before).filter(({ operation }) => operation === 'UpdateItem');
    expect(writes.length).toBeLessThan(20);
  });
});
