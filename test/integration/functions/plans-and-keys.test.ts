import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PlanStore } from '../../../shared/adapters/dynamodb/plan-store.ts';
import { Unavailable } from '../../../shared/domain/faults.ts';
import { putPlan } from '../../../shared/usecases/plans/put-plan.ts';
import { call } from '../../support/api.ts';
import { createSeededApi, type SeededApi } from '../../support/seeded-api.ts';

let api: SeededApi;
beforeAll(async () => {
  api = await createSeededApi();
});
afterAll(() => api.stop());

const allowance = (feature: string, limit: number | null, interval = 'month') => ({
  feature,
  limit,
  interval,
});
const put = (planId: string, allowances: object[], name = 'Team') =>
  call('putPlan', { key: api.adminKey, path: { planId }, body: { name, allowances } });

describe('a plan', () => {
  test('is created, edited into a next version, and unchanged by an identical edit', async () => {
    const created = await put('team', [allowance('aiRequest', 10)]);
    expect(created).toMatchObject({
      status: 201,
      body: { id: 'team', version: 1, allowances: [{ limit: 10, enforced: true }] },
    });
    expect(await put('team', [allowance('aiRequest', 10)])).toMatchObject({
      status: 200,
      body: { version: 1 },
    });
    expect(await put('team', [allowance('aiRequest', null)])).toMatchObject({
      status: 200,
      body: { version: 2 },
    });
    expect((await call('getPlan', { key: api.serviceKey, path: { planId: 'team' } })).body).toMatchObject({
      version: 2,
    });
    expect(await call('getPlan', { key: api.serviceKey, path: { planId: 'nothing' } })).toMatchObject({
      status: 404,
      body: { code: 'unknown_plan' },
    });
  });

  test('keeps its Stripe prices until they are removed', async () => {
    const body = { name: 'Sold', allowances: [allowance('aiRequest', 10)] };
    const putWith = (prices?: object | null) =>
      call('putPlan', { key: api.adminKey, path: { planId: 'sold' }, body: { ...body, prices } });
    const two = { monthly: 'price_1', yearly: 'price_2' };
    expect(await putWith(two)).toMatchObject({ status: 201, body: { prices: two } });
    const turned = { yearly: 'price_2', monthly: 'price_1' };
    expect(await putWith(turned)).toMatchObject({ status: 200, body: { version: 1, prices: two } });
    expect((await putWith({ monthly: 'price_3' })).body).toMatchObject({
      version: 2,
      prices: { monthly: 'price_3' },
    });
    expect((await putWith()).body).toMatchObject({ version: 2, prices: { monthly: 'price_3' } });
    const without = await putWith(null);
    expect(without.body).toMatchObject({ version: 3 });
    expect(without.body).not.toHaveProperty('prices');
    expect((await putWith({})).body).toMatchObject({ version: 3 });
  });

  test('sets the thresholds of its alerts, or uses the defaults', async () => {
    const body = { name: 'Near', allowances: [allowance('aiRequest', 10)] };
    const putWith = (more: object) =>
      call('putPlan', { key: api.adminKey, path: { planId: 'near' }, body: { ...body, ...more } });
    const usual = { thresholds: { warning: 80, critical: 95 } };
    expect(await putWith({})).toMatchObject({ status: 201, body: { version: 1, ...usual } });
    expect(await putWith(usual)).toMatchObject({ status: 200, body: { version: 1 } });
    const early = { thresholds: { warning: 50, critical: 60 } };
    expect(await putWith(early)).toMatchObject({ status: 200, body: { version: 2, ...early } });
    expect(await putWith({})).toMatchObject({ status: 200, body: { version: 2, ...early } });
    expect(await putWith({ thresholds: null })).toMatchObject({
      status: 200,
      body: { version: 3, ...usual },
    });
  });

  test('has a trial of the given length, or none', async () => {
    const body = { name: 'Tried', allowances: [allowance('aiRequest', 10)] };
    const putWith = (more: object) =>
      call('putPlan', { key: api.adminKey, path: { planId: 'tried' }, body: { ...body, ...more } });
    expect((await putWith({})).body).not.toHaveProperty('trialDays');
    expect(await putWith({ trialDays: 14 })).toMatchObject({ body: { version: 2, trialDays: 14 } });
    expect(await putWith({ trialDays: 14 })).toMatchObject({ body: { version: 2 } });
    expect(await putWith({})).toMatchObject({ body: { version: 2, trialDays: 14 } });
    expect(await putWith({ trialDays: 30 })).toMatchObject({ body: { version: 3, trialDays: 30 } });
    const without = await putWith({ trialDays: null });
    expect(without.body).toMatchObject({ version: 4 });
    expect(without.body).not.toHaveProperty('trialDays');
  });

  test('cannot take another plan’s price until that plan removes it', async () => {
    const putWith = (planId: string, prices: object | null) =>
      call('putPlan', {
        key: api.adminKey,
        path: { planId },
        body: { name: planId, allowances: [allowance('aiRequest', 10)], prices },
      });
    const get = async (planId: string) =>
      (await call('getPlan', { key: api.serviceKey, path: { planId } })).body;
    await putWith('owner', { monthly: 'price_owned' });
    await putWith('rival', { monthly: 'price_own' });
    const before = [await get('owner'), await get('rival')];

    for (const planId of ['rival', 'newcomer']) {
      const taken = await putWith(planId, { monthly: 'price_new', yearly: 'price_owned' });
      expect(taken).toMatchObject({
        status: 400,
        body: { code: 'invalid_request', errors: [{ path: 'prices.yearly', code: 'price_taken' }] },
      });
      expect(taken.body.detail).toContain('price_owned belongs to the plan "owner"');
    }
    expect([await get('owner'), await get('rival')]).toEqual(before);
    expect(await get('newcomer')).toMatchObject({ code: 'unknown_plan' });
    // Nor did it keep the free price.
    expect((await putWith('third', { monthly: 'price_new' })).status).toBe(201);

    await putWith('owner', null);
    expect((await putWith('rival', { monthly: 'price_own', yearly: 'price_owned' })).status).toBe(200);
  });

  test('may have several intervals of a feature, a soft limit, and odd but legal names', async () => {
    const allowances = [
      allowance('aiRequest', 5, '5h'),
      allowance('aiRequest', 20, 'week'),
      { ...allowance('soft', 1, 'day'), enforced: false },
      allowance('constructor', 3, 'day'),
      allowance('nothing', 0, 'day'),
    ];
    expect((await put('odd', allowances)).status).toBe(201);
    await call('setUserPlan', { key: api.adminKey, path: { userId: 'odd-user' }, body: { planId: 'odd' } });
    const use = (type: string, amount: number) =>
      call('consumeQuota', { key: api.serviceKey, body: { userId: 'odd-user', type, amount } });
    const both = await use('aiRequest', 4);
    expect(both.body).toMatchObject({
      balance: { remaining: 1 },
      counters: [
        { interval: '5h', used: 4 },
        { interval: 'week', used: 4 },
      ],
    });
    expect(both.headers['RateLimit-Policy']).toContain(
      '"aiRequest-5h";q=5;w=18000, "aiRequest-week";q=20;w=604800',
    );
    expect(await use('soft', 9)).toMatchObject({ status: 200, body: { balance: { remaining: -8 } } });
    expect(await use('constructor', 3)).toMatchObject({ status: 200, body: { balance: { remaining: 0 } } });
    expect(await use('constructor', 1)).toMatchObject({ status: 429 });
    expect(await use('nothing', 1)).toMatchObject({ status: 429 });
  });

  test('edited by many at once gets every version once', async () => {
    const edits = await Promise.all(
      Array.from({ length: 4 }, (_, index) => put('busy', [allowance('aiRequest', index + 1)])),
    );
    expect(edits.map(({ body }) => body.version).sort()).toEqual([1, 2, 3, 4]);
  });

  test('under constant edits returns busy', async () => {
    const plans = new PlanStore({ client: api.table.documentClient, name: api.table.tableName }, Date.now);
    const always = { newest: plans.newest.bind(plans), saveVersion: async () => false };
    await expect(
      putPlan({ plans: always, planCache: { put: async () => true }, now: Date.now }, 'busy', {
        name: 'B',
        allowances: [],
      }),
    ).rejects.toBeInstanceOf(Unavailable);
  });
});

describe('an API key', () => {
  const make = (body: object) =>
    call('createApiKey', { key: api.adminKey, body: { name: 'n', scopes: ['read'], ...body } });

  test('is shown once, with its scopes', async () => {
    const { status, body, headers } = await make({
      scopes: ['read', 'read'],
      userId: 'u1',
      expiresAt: '2999-01-01T00:00:00Z',
    });
    expect(status).toBe(201);
    expect(headers['Cache-Control']).toBe('no-store');
    expect(body).toMatchObject({
      key: expect.stringMatching(/^qk_[A-Za-z0-9_-]{43}$/),
      keyId: expect.stringMatching(/^[0-9a-f]{64}$/),
      scopes: ['read'],
      userId: 'u1',
      expiresAt: '2999-01-01T00:00:00.000Z',
    });
    expect((await call('getUserQuota', { key: body.key, path: { userId: 'u1' } })).status).toBe(200);
    expect((await call('getUserQuota', { key: body.key, path: { userId: 'u2' } })).body.code).toBe(
      'wrong_user',
    );
  });

  test('is revoked for good, repeatably', async () => {
    const { body } = await make({});
    const revoke = (keyId: string) => call('revokeApiKey', { key: api.adminKey, path: { keyId } });
    expect((await revoke(body.keyId)).status).toBe(204);
    expect((await revoke(body.keyId)).status).toBe(204);
    expect((await call('listPlans', { key: body.key })).status).toBe(401);
    expect(await revoke('0'.repeat(64))).toMatchObject({ status: 404, body: { code: 'unknown_api_key' } });
  });
});
