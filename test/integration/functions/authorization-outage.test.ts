import { afterAll, beforeAll, expect, inject, test, vi } from 'vitest';
import { call, lambdaContext, loadHandler } from '../../support/api.ts';
import { DYNAMODB } from '../../support/fault-proxy/dynamodb-protocol.ts';
import { NO_FAULTS } from '../../support/fault-proxy/fault.ts';
import { type FaultProxy, startFaultProxy } from '../../support/fault-proxy/fault-proxy.ts';
import { createSeededApi, type SeededApi } from '../../support/seeded-api.ts';

let api: SeededApi;
/** In front of the table: forwards everything, or resets every connection. */
let proxy: FaultProxy;

const setDown = (down: boolean) => proxy.follow(down ? () => 'reset before' : NO_FAULTS);

beforeAll(async () => {
  proxy = await startFaultProxy({ upstream: inject('dynamodbEndpoint'), protocol: DYNAMODB });
  api = await createSeededApi();
  // Clients read it when created; those already loaded keep theirs.
  process.env.AWS_ENDPOINT_URL_DYNAMODB = proxy.url;
});
afterAll(async () => {
  await proxy.stop();
  await api.stop();
});

test('an authorizer without the table does not fail: API Gateway would return 500', async () => {
  // A new environment, whose clients reach the table through the proxy.
  vi.resetModules();
  setDown(true);
  const authorize = await loadHandler('authorizer/handler');
  const headers = { authorization: `Bearer ${api.serviceKey}` };
  const answer = await authorize({ type: 'REQUEST', headers }, lambdaContext('authorize'));
  expect(answer).toEqual({ isAuthorized: true, context: { reason: 'not_judged' } });
});

test('503 with Retry-After while the table is down, and the right answer once it is back', async () => {
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

test('a deployment does not fail because the table rejected its first requests', async () => {
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
