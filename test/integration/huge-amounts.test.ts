import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Feature, MAX_AMOUNT } from '../../shared/domain/account.ts';
import { lifetimeInAll, usedInAll } from '../../shared/domain/count-use.ts';
import { dateOf } from '../../shared/domain/date-range.ts';
import { setUserPlan } from '../../shared/usecases/plans/set-user-plan.ts';
import { consume } from '../../shared/usecases/quota/consume.ts';
import { release } from '../../shared/usecases/quota/release.ts';
import { reserve } from '../../shared/usecases/quota/reserve.ts';
import { settleReservation } from '../../shared/usecases/quota/settle-reservation.ts';
import { meterRequests } from '../support/request-meter.ts';
import { counterOf, units } from '../support/sample-account.ts';
import { createTestService, type TestService } from '../support/service.ts';

const NOW = '2026-11-22T10:00:00Z';
const DAY_MS = 86_400_000;
const MAX = BigInt(MAX_AMOUNT);

let service: TestService;
let meter: ReturnType<typeof meterRequests>;
let userId: string;

beforeAll(async () => {
  service = await createTestService();
  await service.createPlan('huge', [
    { feature: 'egress', limit: null, interval: 'day' },
    { feature: 'soft', limit: 10, enforced: false, interval: 'day' },
    { feature: 'large', limit: MAX_AMOUNT, interval: 'day' },
    { feature: 'stored', limit: null, interval: 'never' },
  ]);
  meter = meterRequests(service.table.documentClient);
});
beforeEach(async () => {
  service.clock.freezeAt(NOW);
  userId = randomUUID();
  await setUserPlan(service, { userId, planId: 'huge' });
});
afterEach(() => service.expectLedgerToBalance());
afterAll(() => service.table.drop());

const use = async (amount: number, feature: Feature) =>
  (await consume(service, { userId, amounts: units(amount, feature) })).code;
const counter = async (feature: Feature) => counterOf(await service.account(userId), feature);
const dayOf = async (feature: Feature, at = service.now()) => {
  await service.project();
  const date = dateOf(at);
  return (await service.usage.days(userId, feature, date, date, { consistent: true }))[0]?.used;
};

describe('No amount blocks a feature for good', () => {
  it.each(['egress', 'soft', 'stored'])(
    '%s is admitted after 2^53 − 1 were used, repeatedly',
    async (feature) => {
      for (const amount of [MAX_AMOUNT, 1, MAX_AMOUNT, 10 ** 12])
        expect(await use(amount, feature)).toBe('changed');
      expect(await counter(feature)).toMatchObject({ used: MAX_AMOUNT });
      expect(usedInAll(await counter(feature))).toBe(2n * MAX + 10n ** 12n + 1n);
      expect(await dayOf(feature)).toBe(MAX_AMOUNT);
    },
  );

  it('a limit of 2^53 − 1 reopens with its next period', async () => {
    expect(await use(MAX_AMOUNT, 'large')).toBe('changed');
    expect(await use(1, 'large')).toBe('denied');
    service.clock.advanceMs(DAY_MS);
    expect(await use(1, 'large')).toBe('changed');
    expect(await counter('large')).toMatchObject({ used: 1, remaining: MAX_AMOUNT - 1 });
  });

  it('the usage of each day stays exact while the lifetime total restarts', async () => {
    const amounts = [MAX_AMOUNT - 3, 2, 7, 5, MAX_AMOUNT - 1];
    for (const amount of amounts) {
      expect(await use(amount, 'egress')).toBe('changed');
      expect(await dayOf('egress')).toBe(amount);
      service.clock.advanceMs(DAY_MS);
    }
    expect(lifetimeInAll(await counter('egress'))).toBe(amounts.reduce((sum, one) => sum + BigInt(one), 0n));
  });

  it('the usage of a day is exact that crosses the largest number in all, and whose total ends with zeros', async () => {
    const before = MAX_AMOUNT - 500;
    expect(await use(before, 'egress')).toBe('changed');
    service.clock.advanceMs(DAY_MS);
    // 9,010,000,000,000,000 in all: DynamoDB may write such a number with an exponent.
    const day = Number(9_010_000_000_000_000n - BigInt(before));
    expect(await use(400, 'egress')).toBe('changed');
    expect(await use(day - 400, 'egress')).toBe('changed');
    expect(await dayOf('egress')).toBe(day);
    expect(lifetimeInAll(await counter('egress'))).toBe(9_010_000_000_000_000n);
  });

  it('once the lifetime total has restarted, a consume is one write as before', async () => {
    expect(await use(MAX_AMOUNT, 'egress')).toBe('changed');
    service.clock.advanceMs(DAY_MS);
    expect(await use(5, 'egress')).toBe('changed');
    meter.take();
    for (const amount of [1, 10 ** 12]) expect(await use(amount, 'egress')).toBe('changed');
    const oneWrite = { command: 'UpdateItemCommand', units: 1 };
    expect(meter.take()).toEqual([oneWrite, oneWrite]);
  });

  it('a reservation is made, confirmed and released beside 2^53 − 1 used units', async () => {
    await use(MAX_AMOUNT, 'soft');
    const request = { userId, amounts: units(7, 'soft'), ttlSeconds: 60 };
    const first = await reserve(service, request);
    const second = await reserve(service, request);
    expect(await counter('soft')).toMatchObject({ used: MAX_AMOUNT, held: 14 });
    for (const [{ reservationId }, amount] of [
      [first, 9],
      [second, null],
    ] as const) {
      const { outcome } = await settleReservation(service, { userId, reservationId, amount });
      expect(outcome.code).toBe('changed');
    }
    expect(await counter('soft')).toMatchObject({ used: MAX_AMOUNT, held: 0, excess: '9' });
  });

  it('a gauge releases all usage, beyond the largest number too', async () => {
    for (const amount of [MAX_AMOUNT, 20]) await use(amount, 'stored');
    const giveBack = async (amount: number) =>
      (await release(service, { userId, amounts: units(amount, 'stored') })).code;
    expect(await giveBack(MAX_AMOUNT)).toBe('changed');
    expect(await counter('stored')).toMatchObject({ used: 20 });
    expect(await giveBack(21)).toBe('denied');
    expect(await giveBack(20)).toBe('changed');
  });
});
