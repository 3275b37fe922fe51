import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type OperationName, PROBES, ROUTES, type Route, SCOPES } from '../../../shared/contract.ts';
import { call, lambdaContext } from '../../support/api.ts';
import { rightRequest } from '../../support/right-request.ts';
import { createSeededApi, type SeededApi } from '../../support/seeded-api.ts';

const PROBE = `${PROBES.userPrefix}of a test`.replaceAll(' ', '-');
const RESERVED = { code: 'invalid_request', errors: [{ path: 'userId', code: 'reserved' }] };
let api: SeededApi;
let boundKey: string;

beforeAll(async () => {
  api = await createSeededApi();
  const body = { name: 'probe', scopes: [...SCOPES], userId: PROBE };
  const made = await call('createApiKey', { key: api.adminKey, body });
  expect(made.status).toBe(201);
  boundKey = made.body.key;
});
afterAll(() => api.stop());

const aboutUsers = (Object.entries(ROUTES) as [OperationName, Route][]) // keys of ROUTES
  .filter(([name, { scope }]) => scope !== null && name !== 'createApiKey')
  .filter(([name]) => JSON.stringify(rightRequest(name, PROBE)).includes(PROBE));

describe.each(aboutUsers)('%s', (name) => {
  test('rejects a probe from a key that is not bound to it', async () => {
    const answer = await call(name, { ...rightRequest(name, PROBE), key: api.adminKey });
    expect(answer).toMatchObject({ status: 400, body: RESERVED });
    expect(answer.body.detail).toContain(`"${PROBES.userPrefix}"`);
  });

  test('accepts it from a key that is', async () => {
    const { body } = await call(name, { ...rightRequest(name, PROBE), key: boundKey });
    expect(body).not.toMatchObject(RESERVED);
    expect(body?.code).not.toBe('wrong_user');
  });
});

test('routes about users were found', () => {
  expect(aboutUsers.length).toBeGreaterThan(20);
});

test('a job named in the body of its request is checked, too', async () => {
  const request = { path: { name: 'ledger-audit' }, body: { userId: PROBE } };
  expect(await call('runJob', { ...request, key: api.adminKey })).toMatchObject({
    status: 400,
    body: RESERVED,
  });
});

test('the plan of probes cannot be read, edited or given to a user', async () => {
  const path = { planId: PROBES.planId, version: '1' };
  for (const name of [
    'getPlan',
    'putPlan',
    'getPlanVersion',
    'listPlanVersions',
    'restorePlanVersion',
  ] as const) {
    const answer = await call(name, { ...rightRequest(name, PROBE), path, key: api.adminKey });
    expect([name, answer.status, answer.body.errors[0].path]).toEqual([name, 400, 'planId']);
  }
  const body = { planId: PROBES.planId };
  expect(await call('setUserPlan', { path: { userId: 'anna' }, body, key: api.adminKey })).toMatchObject({
    status: 400,
    body: { errors: [{ path: 'planId' }] },
  });
  const { body: listed } = await call('listPlans', { key: api.adminKey });
  expect(JSON.stringify(listed)).not.toContain(PROBES.planId);
});

test("a probe's decisions are logged, and counted by no metric", async () => {
  api.log.lines.length = 0;
  for (const [amount, status] of [
    [1, 200],
    [1_000_000, 429],
  ] as const) {
    // The plan that the route above has set.
    const body = { userId: PROBE, type: 'aiRequest', amount };
    expect((await call('consumeQuota', { key: boundKey, body })).status).toBe(status);
  }
  const decisions = api.log.lines.filter(({ message }) => message === 'decision');
  expect(decisions.map(({ userId, code }) => [userId, code])).toEqual([
    [PROBE, 'allowed'],
    [PROBE, 'exceeded'],
  ]);
  expect(api.log.lines.filter((line) => '_aws' in line)).toEqual([]);
});

test('withQuota rejects a probe before it consumes', async () => {
  // Loaded late: its modules read the environment on load.
  const { withQuota } = await import('../../../functions/middleware/with-quota.ts');
  const { before } = withQuota('aiRequest', 1, { userId: () => PROBE });
  const request = { event: {}, context: lambdaContext('worker'), response: undefined, error: null };
  const answer = await before?.({ ...request, internal: {} });
  expect(answer).toMatchObject({ statusCode: 400 });
});
