import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { setUserPlan } from '../../shared/usecases/plans/set-user-plan.ts';
import { consume } from '../../shared/usecases/quota/consume.ts';
import { reserve } from '../../shared/usecases/quota/reserve.ts';
import { resetQuota } from '../../shared/usecases/quota/reset-quota.ts';
import { settleReservation } from '../../shared/usecases/quota/settle-reservation.ts';
import { rollOver } from '../../shared/usecases/rollover/roll-over.ts';
import { sweepDue } from '../../shared/usecases/rollover/sweep-due.ts';
import { untilAnswered } from '../support/patient-caller.ts';
import { counterOf, units } from '../support/sample-account.ts';
import { createTestService, type TestService } from '../support/service.ts';

let service: TestService;
let userId: string;

beforeAll(async () => {
  service = await createTestService();
  await service.createPlan('small', [{ limit: 10 }]);
  await service.createPlan('large', [{ limit: 1_000 }]);
});
beforeEach(() => {
  userId = randomUUID();
  service.clock.freezeAt('2033-05-10T12:00:00Z');
});
afterEach(() => service.expectLedgerToBalance());
afterAll(() => service.table.drop());

const hold = async (amount = 30, ttlSeconds = 60): Promise<string> => {
  const { outcome, reservationId } = await reserve(service, { userId, amounts: units(amount), ttlSeconds });
  expect(outcome.code).toBe('changed');
  return reservationId;
};
const settlement = (reservationId: string, amount: number | null) =>
  untilAnswered(() => settleReservation(service.environment(), { userId, reservationId, amount }));
const settle = async (reservationId: string, amount: number | null) =>
  (await settlement(reservationId, amount)).outcome;
const month = { feature: 'aiRequest', interval: 'month' } as const;
const counter = async () => counterOf(await service.account(userId));

describe('a reservation is settled exactly once', () => {
  it('confirmed twice: the second one is a replay', async () => {
    const id = await hold();
    expect((await settle(id, 20)).code).toBe('changed');
    expect((await settle(id, 20)).code).toBe('replayed');
    expect((await settle(id, 25)).code).toBe('key_reused');
    expect(await counter()).toMatchObject({ used: 20, held: 0, remaining: 80 });
  });

  it('released twice, or released and then confirmed: the units are returned once', async () => {
    const id = await hold();
    expect((await settle(id, null)).code).toBe('changed');
    expect((await settle(id, null)).code).toBe('replayed');
    expect((await settle(id, 30)).code).toBe('key_reused');
    expect(await counter()).toMatchObject({ used: 0, held: 0, remaining: 100 });
  });

  it('made twice under one key: one hold, one id', async () => {
    const request = { userId, amounts: units(30), ttlSeconds: 60, idempotencyKey: 'hold-1' };
    const ids = await Promise.all([1, 2, 3].map(() => reserve(service.environment(), request)));
    expect(new Set(ids.map(({ reservationId }) => reservationId)).size).toBe(1);
    expect(await counter()).toMatchObject({ held: 30 });
  });

  it('confirmed above the hold: in full, and the answer and the ledger have the overdraft', async () => {
    const id = await hold();
    await consume(service, { userId, amounts: units(60) });
    const { outcome, settlement: made } = await settlement(id, 44);
    expect(outcome.code).toBe('changed');
    expect(made).toMatchObject({ kind: 'confirm', amounts: units(44), overdrawn: [{ ...month, amount: 4 }] });
    expect(await counter()).toMatchObject({ held: 0, used: 104, remaining: -4 });
    expect((await consume(service, { userId, amounts: units(1) })).code).toBe('denied');
    await service.project();
    const [entry] = await service.ledger.newest(userId, 1);
    expect(entry).toMatchObject({ kind: 'confirm', overdrawn: [{ ...month, amount: 4 }] });
  });

  it('confirmed with 0: it is a confirmation, and the units are returned', async () => {
    const id = await hold();
    expect((await settle(id, 0)).code).toBe('changed');
    expect((await settle(id, null)).code).toBe('key_reused');
    expect(await counter()).toMatchObject({ held: 0, used: 0 });
  });

  it('never settled: its units are free at its expiry, though no job runs', async () => {
    await hold(100);
    expect((await consume(service, { userId, amounts: units(1) })).code).toBe('denied');
    service.clock.advanceMs(59_999);
    expect((await consume(service, { userId, amounts: units(1) })).code).toBe('denied');
    service.clock.advanceMs(1);
    expect((await consume(service, { userId, amounts: units(100) })).code).toBe('changed');
    expect(await counter()).toMatchObject({ held: 0, used: 100 });
  });

  it('not more than a hundred at once', async () => {
    await setUserPlan(service, { userId, planId: 'large' });
    for (let index = 0; index < 100; index += 1) await hold(1);
    const { outcome } = await reserve(service, { userId, amounts: units(1), ttlSeconds: 60 });
    expect(outcome).toMatchObject({ denial: { code: 'too_many_reservations', limit: 100 } });
  });

  it('confirm, release and expiry at once: one settlement counts, ten times over', async () => {
    for (let round = 0; round < 10; round += 1) {
      userId = randomUUID();
      const id = await hold();
      await service.project();
      service.clock.advanceMs(59_999);
      // To environments whose clocks are slightly ahead it has expired.
      const ahead = service.environment({ now: () => service.clock.now() + 5 });
      const expiries = [1, 2].map(() => untilAnswered(() => rollOver(ahead, userId)));
      const outcomes = await Promise.all([
        ...[1, 2, 3].map(() => settle(id, 20)),
        ...[1, 2, 3].map(() => settle(id, null)),
      ]);
      await Promise.all(expiries);
      // After the expiry a settlement still counts once: a confirmation in full, a release without a figure.
      expect(outcomes.filter(({ code }) => code === 'changed')).toHaveLength(1);
      const { used, held, remaining } = await counter();
      expect(held).toBe(0);
      expect([0, 20]).toContain(used);
      expect(remaining).toBe(100 - used);
    }
  });

  it('confirmed by ten at once after its expiry: one succeeds', async () => {
    const id = await hold();
    service.clock.advanceMs(60_000);
    await consume(service, { userId, amounts: units(100) });
    await service.project();
    const outcomes = await Promise.all(Array.from({ length: 10 }, () => settle(id, 14)));
    expect(outcomes.filter(({ code }) => code === 'changed')).toHaveLength(1);
    expect(outcomes.filter(({ code }) => code === 'replayed')).toHaveLength(9);
    expect(await counter()).toMatchObject({ used: 114, remaining: -14 });
  });

  it('expired reservations of accounts without requests are freed by the job', async () => {
    await hold();
    service.clock.advanceMs(60_000);
    const { counts } = await sweepDue(service, { mayContinue: () => true });
    expect(counts.failed).toBe(0);
    expect(await service.account(userId)).toMatchObject({ holds: new Map(), dueAt: null });
  });
});

describe('a reservation settles in its own period', () => {
  it.each([
    [
      'a downgrade',
      () => setUserPlan(service, { userId, planId: 'small' }),
      { limit: 10, used: 20, remaining: -10 },
    ],
    [
      'an upgrade',
      () => setUserPlan(service, { userId, planId: 'large' }),
      { limit: 1_000, used: 20, remaining: 980 },
    ],
    ['a reset', () => resetQuota(service, { userId }), { limit: 100, used: 20, remaining: 80 }],
  ])('across %s', async (_, meanwhile, expected) => {
    const id = await hold();
    await meanwhile();
    expect((await settle(id, 20)).code).toBe('changed');
    expect(await counter()).toMatchObject({ ...expected, held: 0 });
  });

  it('across a rollover: the closed period gets the use, the open one is unchanged', async () => {
    service.clock.freezeAt('2033-05-31T23:59:50Z');
    await consume(service, { userId, amounts: units(10) });
    const id = await hold();
    service.clock.freezeAt('2033-06-01T00:00:01Z');
    expect((await consume(service, { userId, amounts: units(100) })).code).toBe('changed');
    expect((await settle(id, 25)).code).toBe('changed');
    expect(await counter()).toMatchObject({ used: 100, held: 0, remaining: 0, lifetime: 135 });
    await service.project();
    const [entry] = await service.ledger.newest(userId, 1);
    expect(entry?.late).toEqual([
      { feature: 'aiRequest', interval: 'month', periodEnd: Date.parse('2033-06-01T00:00:00Z'), amount: 25 },
    ]);
  });
});
