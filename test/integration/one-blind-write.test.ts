import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Feature } from '../../shared/domain/account.ts';
import { setUserPlan } from '../../shared/usecases/plans/set-user-plan.ts';
import { consume } from '../../shared/usecases/quota/consume.ts';
import { meterRequests } from '../support/request-meter.ts';
import { createTestService, type TestService } from '../support/service.ts';
import { uuidV7 } from '../support/uuid-v7.ts';

const FEATURES = [
  'aiRequest',
  'upload',
  'storage',
  'export',
  'seat',
  'page',
  'mail',
  'job',
  'image',
  'video',
];

let service: TestService;
let meter: ReturnType<typeof meterRequests>;
let userId: string;
const amounts = (count: number): Map<Feature, number> =>
  new Map(FEATURES.slice(0, count).map((name) => [name, 1]));

beforeAll(async () => {
  service = await createTestService();
  await service.createPlan(
    'ten',
    FEATURES.map((feature) => ({ feature, limit: 5_000 })),
  );
  await service.createPlan('windows', [
    { interval: '5h', limit: 50 },
    { interval: 'week', limit: 500 },
  ]);
  meter = meterRequests(service.table.documentClient);
});
beforeEach(() => {
  userId = randomUUID();
});
afterEach(() => service.expectLedgerToBalance());
afterAll(() => service.table.drop());

/** An account on a plan, with everything used once, so that the due index has every period. */
async function warmUp(planId: string, used: Map<Feature, number>): Promise<void> {
  await setUserPlan(service, { userId, planId });
  await consume(service, { userId, amounts: used });
  meter.take();
}

const oneWrite = [{ command: 'UpdateItemCommand', units: 1 }];

describe('an accepted consume is one conditional write and no read', () => {
  it.each([1, 2, 5, 10])('of %i features: 1 request, 1 write unit', async (count) => {
    await warmUp('ten', amounts(10));
    const outcome = await consume(service, { userId, amounts: amounts(count) });
    expect(outcome.code).toBe('changed');
    expect(meter.take()).toEqual(oneWrite);
  });

  it('the first one of a gauge, too: the due index does not change', async () => {
    await service.createPlan('stored', [{ feature: 'storage', interval: 'never', limit: 50 }]);
    await setUserPlan(service, { userId, planId: 'stored' });
    meter.take();
    const stored = new Map([['storage', 1]]);
    expect(await consume(service, { userId, amounts: stored })).toMatchObject({
      code: 'changed',
      account: { dueAt: null },
    });
    expect(meter.take()).toEqual(oneWrite);
  });

  it('in an environment that has never read the account', async () => {
    await warmUp('ten', amounts(10));
    expect((await consume(service.environment(), { userId, amounts: amounts(2) })).code).toBe('changed');
    expect(meter.take()).toEqual(oneWrite);
  });

  it('of a feature with several intervals, once the environment has cached its layout', async () => {
    await warmUp('windows', amounts(1));
    const other = service.environment();
    expect((await consume(other, { userId, amounts: amounts(1) })).code).toBe('changed');
    expect(meter.take().map(({ command }) => command)).toEqual(['UpdateItemCommand', 'UpdateItemCommand']);
    expect((await consume(other, { userId, amounts: amounts(1) })).code).toBe('changed');
    expect(meter.take()).toEqual(oneWrite);
    expect((await service.account(userId)).counters.get('aiRequest')).toMatchObject([
      { used: 3, remaining: 47 },
      { used: 3, remaining: 497 },
    ]);
  });

  it('under a key made just now', async () => {
    await warmUp('ten', amounts(10));
    const request = { userId, amounts: amounts(1), idempotencyKey: uuidV7(service.now()) };
    expect((await consume(service, request)).code).toBe('changed');
    expect(meter.take()).toEqual(oneWrite);
  });

  it.each([
    ['of the caller’s own', () => 'order-1'],
    ['that is not from just now', () => uuidV7(service.now() - 60_000)],
    ['dated ahead', () => uuidV7(service.now() + 60_000)],
  ])('under a key %s: the same write after one lookup of the operation record', async (_, makeKey) => {
    await warmUp('ten', amounts(10));
    const request = { userId, amounts: amounts(1), idempotencyKey: makeKey() };
    expect((await consume(service, request)).code).toBe('changed');
    expect(meter.take()).toMatchObject([{ command: 'GetItemCommand' }, ...oneWrite]);
  });
});

describe('a denied consume', () => {
  it('is one request while the plan is cached: the refused write returns the reason', async () => {
    await warmUp('ten', amounts(10));
    await service.plans.current('ten');
    meter.take();
    const outcome = await consume(service, { userId, amounts: new Map([['aiRequest', 5_000]]) });
    expect(outcome).toMatchObject({ code: 'denied', denial: { code: 'exceeded' } });
    expect(meter.take()).toMatchObject([{ command: 'UpdateItemCommand' }]);
  });

  it('of an unknown feature, too', async () => {
    await warmUp('ten', amounts(10));
    await service.plans.current('ten');
    meter.take();
    const outcome = await consume(service, { userId, amounts: new Map([['unheard', 1]]) });
    expect(outcome).toMatchObject({
      code: 'denied',
      denial: { code: 'unknown_feature', feature: 'unheard' },
    });
    expect(meter.take()).toMatchObject([{ command: 'UpdateItemCommand' }]);
  });
});
