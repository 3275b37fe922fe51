import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { jobEntry, type OperationName } from '../../../shared/contract.ts';
import { type ApiRequest, call, lambdaContext, loadHandler } from '../../support/api.ts';
import { type LocalServer, serveLocally } from '../../support/local-server.ts';
import { createSeededApi, type SeededApi } from '../../support/seeded-api.ts';

/** A Redis that accepts every call and answers none. */
let taken = 0;
let silent: LocalServer;
let api: SeededApi;
beforeAll(async () => {
  silent = await serveLocally(() => {
    taken += 1;
  });
  api = await createSeededApi({ url: silent.url, token: 'nobody-asks' });
});
afterAll(async () => {
  await api.stop();
  await silent.stop();
});

const ask = async (operation: OperationName, request: ApiRequest) => {
  const { status, body } = await call(operation, { key: api.adminKey, ...request });
  return { status, body };
};

test('a check of an unknown user waits for it once, not for the plan too', async () => {
  const check = (userId: string) => ask('checkQuota', { body: { userId, type: 'aiRequest' } });
  // The first may bypass Redis while its address is read.
  for (const userId of ['eve', 'mallory']) {
    const before = taken;
    expect((await check(userId)).body).toMatchObject({ allowed: true, version: 0, cached: false });
    expect(taken - before).toBeLessThanOrEqual(1);
    // Then memory has dropped the plan.
    await sleep(1_100);
  }
  expect(taken).toBeGreaterThanOrEqual(1);
});

test('beside a hung Redis every route that caches answers right, and few calls wait for it', async () => {
  const [startedAt, userId, path] = [performance.now(), 'ada', { userId: 'ada' }];
  const use = { userId, type: 'aiRequest', amount: 7 };
  for (let round = 1; round <= 5; round += 1) {
    expect(await ask('consumeQuota', { body: use })).toMatchObject({ status: 200, body: { version: round } });
    // Its own write: only the table can have it.
    const question = { userId, type: 'aiRequest', minVersion: round };
    const balance = { used: 7 * round, remaining: 100 - 7 * round };
    expect((await ask('checkQuota', { body: question })).body).toMatchObject({ version: round, balance });
    expect((await ask('getUserQuota', { path, query: { consistent: 'true' } })).body.version).toBe(round);
  }
  expect(await ask('getUserUsage', { path })).toMatchObject({ status: 200 });
  expect((await ask('getUserSubscription', { path })).body).toMatchObject({
    subscription: null,
    cached: false,
  });
  expect((await ask('getPlan', { path: { planId: 'pro' } })).body).toMatchObject({ name: 'Pro' });
  expect(await ask('setUserPlan', { path, body: { planId: 'pro' } })).toMatchObject({ status: 200 });
  expect((await ask('getUserQuota', { path, query: { minVersion: '6' } })).body.plan.id).toBe('pro');
  expect((await ask('warmUpCache', { body: {} })).body).toEqual({ plans: 0, users: 0 });
  expect((await ask('getCacheStats', {})).body).toEqual({ available: false, kinds: [] });
  // Three until the breaker opens, then one every 2 s.
  expect(taken).toBeGreaterThanOrEqual(1);
  expect(taken).toBeLessThanOrEqual(3 + Math.ceil((performance.now() - startedAt) / 2_000));
});

test('a job runs beside it under its conditions, without the lock', async () => {
  const sweep = await loadHandler(jobEntry('quota-reset'));
  const context = { ...lambdaContext(jobEntry('quota-reset')), getRemainingTimeInMillis: () => 900_000 };
  expect(await sweep({}, context)).toMatchObject({ state: 'succeeded' });
});
