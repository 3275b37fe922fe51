import { randomUUID } from 'node:crypto';
import middy from '@middy/core';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { AMOUNT_BOUND, ENV, type OperationName } from '../../../shared/contract.ts';
import { MAX_AMOUNT } from '../../../shared/domain/account.ts';
import { type ApiRequest, call, lambdaContext } from '../../support/api.ts';
import { createSeededApi, type SeededApi } from '../../support/seeded-api.ts';

const most = AMOUNT_BOUND.byDefault;
let api: SeededApi;
let userId: string;
beforeAll(async () => {
  api = await createSeededApi();
  const allowance = { limit: null, enforced: true };
  await call('putPlan', {
    key: api.adminKey,
    path: { planId: 'huge' },
    body: {
      name: 'Huge',
      allowances: [
        { ...allowance, feature: 'egress', interval: 'month' },
        { ...allowance, feature: 'storage', interval: 'never' },
      ],
    },
  });
});
beforeEach(async () => {
  userId = randomUUID();
  await call('setUserPlan', { key: api.adminKey, path: { userId }, body: { planId: 'huge' } });
});
afterAll(() => api.stop());

const ask = async (operation: OperationName, body: object, more: ApiRequest = {}) => {
  const answer = await call(operation, { key: api.adminKey, body: { userId, ...body }, ...more });
  return { ...answer, code: `${answer.status} ${answer.body.code}` };
};
const egress = (amount: number) => ({ type: 'egress', amount });

describe('The largest amount of one operation', () => {
  test.each(['consumeQuota', 'checkQuota', 'checkAndConsumeQuota'] as const)(
    '%s: admitted at the bound, and refused one unit above',
    async (name) => {
      expect((await ask(name, egress(most))).code).toBe('200 allowed');
      expect(await ask(name, egress(most + 1))).toMatchObject({
        code: '400 amount_too_large',
        body: { errors: [{ path: 'amount', message: `must be at most ${most}`, code: 'too_big' }] },
      });
    },
  );

  test('of a batch applies to each feature', async () => {
    const storage = { type: 'storage', amount: most };
    expect((await ask('batchConsumeQuota', { items: [egress(most - 1), storage, egress(1)] })).code).toBe(
      '200 allowed',
    );
    const twice = await ask('batchConsumeQuota', { items: [egress(most), storage, egress(1)] });
    expect(twice).toMatchObject({ code: '400 amount_too_large', body: { errors: [{ path: 'items' }] } });
  });

  test('applies to a reservation and its confirmation', async () => {
    expect((await ask('createReservation', egress(most + 1))).code).toBe('400 amount_too_large');
    const { body } = await ask('createReservation', egress(most));
    const path = { reservationId: body.reservationId };
    expect((await ask('confirmReservation', { amount: most + 1 }, { path })).code).toBe(
      '400 amount_too_large',
    );
    expect((await ask('confirmReservation', { amount: most }, { path })).code).toBe('200 allowed');
  });

  test('does not apply to a release or a grant', async () => {
    for (let times = 0; times < 2; times += 1) await ask('consumeQuota', { type: 'storage', amount: most });
    expect((await ask('releaseQuota', { type: 'storage', amount: 2 * most })).code).toBe('200 allowed');
    expect((await ask('releaseQuota', { type: 'storage', amount: MAX_AMOUNT })).code).toBe(
      '409 release_exceeds_usage',
    );
    expect((await ask('grantQuota', { ...egress(MAX_AMOUNT), reason: 'test' })).status).toBe(200);
  });

  test('applies to withQuota, whose handler does not run beyond it', async () => {
    const { withQuota } = await import('../../../functions/middleware/with-quota.ts');
    let runs = 0;
    const handler = middy<{ size: number }>()
      .use(withQuota<{ size: number }>('egress', ({ size }) => size, { userId: () => userId }))
      .handler(async () => {
        runs += 1;
        return { statusCode: 200 };
      });
    expect(await handler({ size: most }, lambdaContext('worker'))).toMatchObject({ statusCode: 200 });
    const refused = await handler({ size: most + 1 }, lambdaContext('worker'));
    expect(refused).toMatchObject({ statusCode: 400, body: expect.stringContaining('amount_too_large') });
    expect(runs).toBe(1);
  });

  test('is documented', async () => {
    const { body } = await call('getOpenApi', {});
    expect(body.info.description).toContain(`at most ${process.env[ENV.maxAmount]} units`);
  });
});
