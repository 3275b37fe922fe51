import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { sumAmounts } from '../../shared/domain/quota-request.ts';
import { setUserPlan } from '../../shared/usecases/plans/set-user-plan.ts';
import { check } from '../../shared/usecases/quota/check.ts';
import { consume } from '../../shared/usecases/quota/consume.ts';
import { release } from '../../shared/usecases/quota/release.ts';
import { counterOf, units } from '../support/sample-account.ts';
import { createTestService, type TestService } from '../support/service.ts';

let service: TestService;
let userId: string;

beforeAll(async () => {
  service = await createTestService();
  await service.createPlan('mixed', [
    { feature: 'aiRequest', limit: 10 },
    { feature: 'upload', limit: 3, interval: 'day' },
    { feature: 'unlimited', limit: null },
    { feature: 'soft', limit: 2, enforced: false },
    { feature: 'nothing', limit: 0 },
    { feature: 'storage', limit: 1_000, interval: 'never' },
    { feature: 'constructor', limit: 5 },
  ]);
  await service.createPlan(
    'twenty',
    Array.from({ length: 20 }, (_, index) => ({ feature: `feature${index}`, limit: 4 })),
  );
  await service.createPlan(
    'many',
    Array.from({ length: 24 }, (_, index) => ({ feature: `feature${index}`, limit: 4 })),
  );
});
beforeEach(async () => {
  userId = randomUUID();
  await setUserPlan(service, { userId, planId: 'mixed' });
});
afterEach(() => service.expectLedgerToBalance());
afterAll(() => service.table.drop());

const use = async (amount: number, feature?: string) =>
  (await consume(service, { userId, amounts: units(amount, feature) })).code;

describe('Never over the limit', () => {
  it('a denied request changes nothing, and a denied 10 does not block the 1 that follows', async () => {
    expect(await use(9)).toBe('changed');
    const before = await service.account(userId);
    expect(await use(10)).toBe('denied');
    expect(await service.account(userId)).toEqual(before);
    expect(await use(1)).toBe('changed');
    expect(await use(1)).toBe('denied');
  });

  it('several features at once: if one is exceeded, none is changed', async () => {
    await use(1);
    await use(1, 'upload');
    const before = await service.account(userId);
    const outcome = await consume(service, {
      userId,
      amounts: new Map(Object.entries({ aiRequest: 5, upload: 3 })),
    });
    expect(outcome).toMatchObject({ denial: { code: 'exceeded', feature: 'upload', interval: 'day' } });
    expect(await service.account(userId)).toEqual(before);
  });

  it('the same feature twice in one request is summed', async () => {
    const twice = (amount: number) => sumAmounts([1, 2].map(() => ({ type: 'aiRequest', amount })));
    expect((await consume(service, { userId, amounts: twice(6) })).code).toBe('denied');
    expect((await consume(service, { userId, amounts: twice(5) })).code).toBe('changed');
    expect(counterOf(await service.account(userId)).remaining).toBe(0);
  });

  it('an unknown feature is denied, also by a name that every object inherits', async () => {
    for (const feature of ['unheard', 'toString', 'hasOwnProperty']) {
      expect(await consume(service, { userId, amounts: units(1, feature) })).toMatchObject({
        denial: { code: 'unknown_feature', feature },
      });
    }
    expect(await use(5, 'constructor')).toBe('changed');
    expect(await use(1, 'constructor')).toBe('denied');
  });

  it('an unlimited feature and a soft limit count and never deny; a limit of 0 always denies', async () => {
    expect(await use(1_000_000, 'unlimited')).toBe('changed');
    expect(await use(3, 'soft')).toBe('changed');
    expect(await use(3, 'soft')).toBe('changed');
    expect(await use(1, 'nothing')).toBe('denied');
    const account = await service.account(userId);
    expect(counterOf(account, 'unlimited')).toMatchObject({ used: 1_000_000, limit: null });
    expect(counterOf(account, 'soft')).toMatchObject({ used: 6, remaining: -4 });
  });

  it('twenty features at once, more than one blind write can name', async () => {
    for (const [planId, count] of [
      ['twenty', 20],
      ['many', 24],
    ] as const) {
      await setUserPlan(service, { userId, planId });
      const all = new Map(Array.from({ length: count }, (_, index) => [`feature${index}`, 2]));
      const answers = [];
      for (let time = 0; time < 3; time += 1)
        answers.push((await consume(service, { userId, amounts: all })).code);
      expect(answers).toEqual(
        planId === 'twenty' ? ['changed', 'changed', 'denied'] : ['denied', 'denied', 'denied'],
      );
    }
    const fresh = randomUUID();
    await setUserPlan(service, { userId: fresh, planId: 'many' });
    const all = new Map(Array.from({ length: 24 }, (_, index) => [`feature${index}`, 4]));
    expect((await consume(service, { userId: fresh, amounts: all })).code).toBe('changed');
    expect((await consume(service, { userId: fresh, amounts: all })).code).toBe('denied');
  });

  it('a gauge decreases by release, at most to 0', async () => {
    expect(await use(900, 'storage')).toBe('changed');
    expect(await use(200, 'storage')).toBe('denied');
    const back = await release(service, { userId, amounts: units(500, 'storage') });
    expect(back.code).toBe('changed');
    expect(await use(200, 'storage')).toBe('changed');
    expect(await release(service, { userId, amounts: units(601, 'storage') })).toMatchObject({
      denial: { code: 'release_exceeds_usage', used: 600 },
    });
    expect(await release(service, { userId, amounts: units(1) })).toMatchObject({
      denial: { code: 'not_a_gauge' },
    });
  });

  it('a check returns the same decision as the consume that follows it', async () => {
    for (const amount of [4, 7, 6, 1]) {
      const checked = await check(service, { userId, amounts: units(amount), consistent: true });
      const consumed = await consume(service, { userId, amounts: units(amount) });
      expect(checked.code === 'allowed').toBe(consumed.code === 'changed');
    }
  });
});
