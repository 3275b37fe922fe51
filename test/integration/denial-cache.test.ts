import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { setUserPlan } from '../../shared/usecases/plans/set-user-plan.ts';
import { consume } from '../../shared/usecases/quota/consume.ts';
import { DENIAL_CACHE } from '../../shared/usecases/quota/denial-cache.ts';
import { grantQuota } from '../../shared/usecases/quota/grant-quota.ts';
import { release } from '../../shared/usecases/quota/release.ts';
import { resetQuota } from '../../shared/usecases/quota/reset-quota.ts';
import { untilAnswered } from '../support/patient-caller.ts';
import { meterRequests } from '../support/request-meter.ts';
import { createTestService, type TestService } from '../support/service.ts';
import { uuidV7 } from '../support/uuid-v7.ts';

let service: TestService;
let meter: ReturnType<typeof meterRequests>;
let userId: string;

const use = (amount: number, idempotencyKey?: string, by = service) =>
  consume(by, { userId, amounts: new Map([['aiRequest', amount]]), idempotencyKey });
const commands = () => meter.take().map(({ command }) => command);

beforeAll(async () => {
  service = await createTestService();
  await service.createPlan('gauge', [{ feature: 'storage', limit: 10, interval: 'never' }]);
  meter = meterRequests(service.table.documentClient);
});
beforeEach(async () => {
  userId = randomUUID();
  service.clock.freezeAt(Date.UTC(2033, 4, 5, 6, 7));
});
afterEach(() => service.expectLedgerToBalance());
afterAll(() => service.table.drop());

/** 97 of 100 used, and 5 just denied: this environment caches it. */
async function denyFive(): Promise<void> {
  await use(97);
  expect(await use(5)).toMatchObject({ code: 'denied' });
  meter.take();
}

describe('a flood of denied consumes on one account', () => {
  it('costs at most 0.05 writes per denial, and one read of the plan a second', async () => {
    await use(100);
    meter.take();
    for (let call = 0; call < 1_000; call += 1) {
      // 100 a second.
      service.clock.advanceMs(10);
      expect((await use(1)).code).toBe('denied');
    }
    const sent = commands();
    const writes = sent.filter((command) => command === 'UpdateItemCommand');
    expect(writes.length / 1_000).toBeLessThanOrEqual(0.05);
    expect(sent.length - writes.length).toBeLessThanOrEqual(10);
  });

  it('under keys made just now costs as few writes, a read each, and one of the plan a second', async () => {
    await use(100);
    meter.take();
    for (let call = 0; call < 200; call += 1) {
      service.clock.advanceMs(10);
      expect((await use(1, uuidV7(service.now()))).code).toBe('denied');
    }
    const sent = commands();
    const writes = sent.filter((command) => command !== 'GetItemCommand');
    expect(writes.length / 200).toBeLessThanOrEqual(0.05);
    expect(sent.length).toBeLessThanOrEqual(203);
  });

  it('answers from memory as the table would, with the time of its figures', async () => {
    await denyFive();
    service.clock.advanceMs(400);
    const [remembered, asked] = [await use(5), await use(5, undefined, service.environment())];
    expect(commands()).toEqual(['UpdateItemCommand', 'GetItemCommand']);
    const { asOf, planAsOf, ...answer } = remembered as Extract<typeof remembered, { code: 'denied' }>; // as expected below
    expect(asked).toEqual({ ...answer, asOf: asOf + 400, planAsOf: planAsOf + 400 });
    expect(remembered).toMatchObject({ denial: { code: 'exceeded' }, retryAt: Date.UTC(2033, 5, 1) });
  });
});

describe('the cache only ever denies', () => {
  it('what fits goes to the table, and is decided there', async () => {
    await denyFive();
    expect((await use(3)).code).toBe('changed');
    expect(commands()).toEqual(['UpdateItemCommand']);
    expect((await use(1)).code).toBe('denied');
  });

  it('also when another environment has used what the cache shows as left', async () => {
    await denyFive();
    expect((await use(3, undefined, service.environment())).code).toBe('changed');
    expect((await use(2)).code).toBe('denied');
    expect((await service.account(userId)).counters.get('aiRequest')?.[0]?.used).toBe(100);
  });

  it('of a hundred racing for the last three units, three succeed', async () => {
    await denyFive();
    const outcomes = await Promise.all(
      Array.from({ length: 100 }, () => untilAnswered((key) => use(1, key))),
    );
    expect(outcomes.filter(({ code }) => code === 'changed')).toHaveLength(3);
  });
});

describe('the cache lasts a second', () => {
  const changes: [string, () => Promise<unknown>][] = [
    [
      'a grant',
      () => grantQuota(service.environment(), { userId, feature: 'aiRequest', amount: 50, reason: 'test' }),
    ],
    ['a reset', () => resetQuota(service.environment(), { userId })],
    [
      'a plan',
      async () => {
        await service.createPlan('more', [{ feature: 'aiRequest', limit: 1_000 }]);
        await setUserPlan(service.environment(), { userId, planId: 'more' });
      },
    ],
  ];

  it.each(changes)('%s by another environment is visible after that', async (_, change) => {
    await denyFive();
    await change();
    service.clock.advanceMs(DENIAL_CACHE.ttlMs - 1);
    expect((await use(5)).code).toBe('denied');
    service.clock.advanceMs(1);
    expect((await use(5)).code).toBe('changed');
  });

  it('a release by another environment, too', async () => {
    const store = (amount: number) => consume(service, { userId, amounts: new Map([['storage', amount]]) });
    await setUserPlan(service, { userId, planId: 'gauge' });
    await store(10);
    expect((await store(1)).code).toBe('denied');
    await release(service.environment(), { userId, amounts: new Map([['storage', 4]]) });
    service.clock.advanceMs(DENIAL_CACHE.ttlMs);
    expect((await store(1)).code).toBe('changed');
  });

  it('a denial from the cache does not prolong it', async () => {
    await denyFive();
    await resetQuota(service.environment(), { userId });
    for (let step = 0; step < 10; step += 1) {
      expect((await use(5)).code).toBe('denied');
      service.clock.advanceMs(DENIAL_CACHE.ttlMs / 10);
    }
    expect((await use(5)).code).toBe('changed');
  });

  it('a change by this environment ends it', async () => {
    await denyFive();
    await grantQuota(service, { userId, feature: 'aiRequest', amount: 50, reason: 'test' });
    expect((await use(5)).code).toBe('changed');
  });

  it('it ends with the period, to the millisecond', async () => {
    service.clock.freezeAt(Date.UTC(2033, 5, 1) - 2);
    await denyFive();
    service.clock.advanceMs(1);
    expect((await use(5)).code).toBe('denied');
    service.clock.advanceMs(1);
    expect((await use(5)).code).toBe('changed');
  });
});

describe('a replay of an accepted operation is never denied from the cache', () => {
  it.each([
    ['a fresh key', () => uuidV7(service.now())],
    ['any other key', () => `order-${randomUUID()}`],
  ])('under %s, accepted before the denial', async (_, makeKey) => {
    const key = makeKey();
    expect((await use(97, key)).code).toBe('changed');
    expect((await use(5)).code).toBe('denied');
    expect((await use(97, key)).code).toBe('replayed');
  });

  it.each([
    ['a fresh key', () => uuidV7(service.now())],
    ['any other key', () => `order-${randomUUID()}`],
  ])('under %s, accepted by another environment since the denial', async (_, makeKey) => {
    await denyFive();
    const other = service.environment();
    await resetQuota(other, { userId });
    const key = makeKey();
    expect((await use(97, key, other)).code).toBe('changed');
    // Nothing of 97 would fit, neither by the cache nor by the account.
    expect((await use(97, key)).code).toBe('replayed');
    expect((await use(96, key)).code).toBe('key_reused');
  });
});
