import { afterAll, beforeAll, expect, inject, test, vi } from 'vitest';
import { call, lambdaContext, loadHandler } from '../../support/api.ts';
import { DYNAMODB } from '../../support/fault-proxy/dynamodb-protocol.ts';
import { NO_FAULTS } from '../../support/fault-proxy/fault.ts';
import { type FaultProxy, startFaultProxy } from '../../support/fault-proxy/fault-proxy.ts';
import { createSeededApi, type SeededApi } from '../../support/seeded-api.ts';

let api: SeededApi;
/** Stands before the table: passes everything on, or resets every connection. */
let proxy: FaultProxy;

const setDown = (down: boolean) => proxy.follow(down ? () => 'reset before' : NO_FAULTS);

beforeAll(async () => {
  proxy = await startFaultProxy({ upstream: inject('dynamodbEndpoint'), protocol: DYNAMODB });
  api = await createSeededApi();
  // Read when a client is made: everything that was loaded so far has its own already.
  process.env.AWS_ENDPOINT_URL_DYNAMODB = proxy.url;
});
afterAll(async () => {
  await proxy.stop();
  await api.stop();
});

test('an authorizer that cannot reach the table does not fail: API Gateway would answer 500', async () => {
  // A new environment, whose clients reach the table through the proxy.
  vi.resetModules();
  setDown(true);
  const authorize = await loadHandler('authorizer/handler');
  const headers = { authorization: `Bearer ${api.serviceKey}` };
  const answer = await authorize({ type: 'REQUEST', headers }, lambdaContext('authorize'));
  expect(answer).toEqual({ isAuthorized: true, context: { reason: 'not_judged' } });
});

test('503 with Retry-After while the table is down, and the right answer as soon as it is back', async () => {
  const caller = { reason: 'not_judged' };
  const ask = (key: string) => call('listPlans', { caller, headers: { authorization: `Bearer ${key}` } });
  setDown(true);
  const down = await ask(api.serviceKey);
  expect(down).toMatchObject({ status: 503, body: { code: 'unavailable' } });
  expect(down.headers['Retry-After']).toMatch(/^[1-9]\d*$/);

  setDown(false);
  expect((await ask(api.serviceKey)).status).toBe(200);
  expect(await ask('qk_nobody')).toMatchObject({ status: 401, body: { code: 'invalid_api_key' } });
  expect(await ask('')).toMatchObject({ status: 401, body: { code: 'invalid_api_key' } });
});

test('a deployment does not fail because the table turned its first requests away', async () => {
  // A new environment, as after a deployment.
  vi.resetModules();
  let requests = 0;
  proxy.follow(() => {
    requests += 1;
    return requests <= 2 ? 'throttled' : undefined;
  });
  await api.seed();
  expect(requests).toBeGreaterThan(2);
});
