import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { INTERVALS, type Interval } from '../../shared/domain/account.ts';
import type { JobCounts } from '../../shared/domain/job-run.ts';
import { setUserPlan } from '../../shared/usecases/plans/set-user-plan.ts';
import { check } from '../../shared/usecases/quota/check.ts';
import { consume } from '../../shared/usecases/quota/consume.ts';
import { grantQuota } from '../../shared/usecases/quota/grant-quota.ts';
import { resetQuota } from '../../shared/usecases/quota/reset-quota.ts';
import { sweepDue } from '../../shared/usecases/rollover/sweep-due.ts';
import { counterOf, units } from '../support/sample-account.ts';
import { createTestService, type TestService } from '../support/service.ts';

/**
 * The end of the first period of an account whose first use is at `FIRST_USE`. A missing interval does not
 * compile.
 */
const FIRST_END: Readonly<Record<Exclude<Interval, 'never'>, string>> = {
  '5h': '2033-01-31T17:34:56.789Z',
  day: '2033-02-01T00:00:00.000Z',
  week: '2033-02-07T00:00:00.000Z',
  month: '2033-02-01T00:00:00.000Z',
  billing_cycle: '2033-02-28T12:34:56.789Z',
};
const FIRST_USE = '2033-01-31T12:34:56.789Z';
const METERED = INTERVALS.filter((interval) => interval !== 'never');

let service: TestService;
let userId: string;

beforeAll(async () => {
  service = await createTestService();
  for (const interval of METERED) {
    await service.createPlan(interval, [{ limit: 10, interval }]);
  }
});
beforeEach(() => {
  userId = randomUUID();
  service.clock.freezeAt(FIRST_USE);
});
afterEach(() => service.expectLedgerToBalance());
afterAll(() => service.table.drop());

const use = async (amount = 10) =>
  (await consume(service.environment(), { userId, amounts: units(amount) })).code;
const sweep = async () => (await sweepDue(service.environment(), { mayContinue: () => true })).counts;
const sumOf = (figure: string, ...runs: JobCounts[]) =>
  runs.reduce((sum, counts) => sum + (counts[figure] ?? 0), 0);
const counter = async () => counterOf(await service.account(userId));

describe('Resets are exact', () => {
  it.each(METERED)('with every job dead: %s', async (interval) => {
    const end = FIRST_END[interval];
    await setUserPlan(service, { userId, planId: interval });
    expect(await use(9)).toBe('changed');
    service.clock.freezeAt(Date.parse(end) - 1);
    expect(await use(2)).toBe('denied');
    service.clock.freezeAt(end);
    expect((await check(service, { userId, amounts: units(10), consistent: true })).code).toBe('allowed');
    // The rest of the old period would have been enough for this one.
    expect(await use(1)).toBe('changed');
    expect(await counter()).toMatchObject({ periodStart: Date.parse(end), used: 1, lifetime: 10 });
    expect(await use(9)).toBe('changed');
    expect(await use(1)).toBe('denied');
  });

  it('with the job a day late, and after 400 idle periods: the period contains now', async () => {
    await setUserPlan(service, { userId, planId: 'day' });
    await use();
    service.clock.freezeAt('2033-02-02T08:00:00Z');
    expect(await sweep()).toMatchObject({ failed: 0 });
    expect(await counter()).toMatchObject({ used: 0, periodStart: Date.parse('2033-02-02T00:00:00Z') });
    await use();
    service.clock.freezeAt('2034-03-09T08:00:00Z');
    expect(await use()).toBe('changed');
    expect(await counter()).toMatchObject({
      used: 10,
      lifetime: 30,
      periodStart: Date.parse('2034-03-09T00:00:00Z'),
    });
  });

  it('with the job twice, and two at once: once per account, and an idle account leaves the index', async () => {
    const users = Array.from({ length: 30 }, () => randomUUID());
    for (userId of users) {
      await setUserPlan(service, { userId, planId: 'day' });
      await use(3);
    }
    service.clock.freezeAt('2033-02-01T00:05:00Z');
    const [first, second] = await Promise.all([sweep(), sweep()]);
    // Accounts of earlier tests may be due as well.
    expect(sumOf('rolledOver', first, second)).toBeGreaterThanOrEqual(30);
    expect(first.failed + second.failed).toBe(0);
    expect(await sweep()).toEqual({ processed: 0, rolledOver: 0, alreadyDone: 0, failed: 0 });
    for (userId of users) {
      const account = await service.account(userId);
      expect(account).toMatchObject({ version: 3, dueAt: null });
      expect(counterOf(account)).toMatchObject({ used: 0, remaining: 10, lifetime: 3 });
    }
  });

  it('with the job cut short in the middle: the next run continues', async () => {
    const users = Array.from({ length: 20 }, () => randomUUID());
    for (userId of users) {
      await setUserPlan(service, { userId, planId: 'day' });
      await use(3);
    }
    service.clock.freezeAt('2033-02-01T00:05:00Z');
    let looks = 0;
    const short = await sweepDue(service, {
      mayContinue: () => {
        looks += 1;
        return looks <= 8;
      },
    });
    expect(short.isComplete).toBe(false);
    const rest = await sweep();
    expect(sumOf('rolledOver', short.counts, rest)).toBeGreaterThanOrEqual(20);
    for (userId of users) expect(await service.account(userId)).toMatchObject({ version: 3, dueAt: null });
  });

  it('in a time zone at +14, and on days of 23 and 25 hours', async () => {
    await setUserPlan(service, { userId, planId: 'day', schedule: { timeZone: 'Pacific/Kiritimati' } });
    await use();
    service.clock.freezeAt('2033-02-01T09:59:59.999Z');
    await use();
    expect(await use(1)).toBe('denied');
    service.clock.freezeAt('2033-02-01T10:00:00Z');
    expect(await use()).toBe('changed');

    userId = randomUUID();
    await setUserPlan(service, { userId, planId: 'day', schedule: { timeZone: 'Europe/Berlin' } });
    for (const [from, to] of [
      ['2033-03-26T23:00:00Z', '2033-03-27T22:00:00Z'],
      ['2033-10-29T22:00:00Z', '2033-10-30T23:00:00Z'],
    ] as const) {
      service.clock.freezeAt(from);
      expect(await use()).toBe('changed');
      expect(await counter()).toMatchObject({ periodStart: Date.parse(from), periodEnd: Date.parse(to) });
      service.clock.freezeAt(Date.parse(to) - 1);
      expect(await use(1)).toBe('denied');
    }
  });

  it('on a calendar changed in mid-period: the open period keeps its end, no gap, no overlap', async () => {
    await setUserPlan(service, { userId, planId: 'day' });
    await use();
    await setUserPlan(service, { userId, planId: 'day', schedule: { timeZone: 'America/New_York' } });
    expect(await use(1)).toBe('denied');
    service.clock.freezeAt('2033-02-01T00:00:00Z');
    expect(await use()).toBe('changed');
    expect(await counter()).toMatchObject({
      periodStart: Date.parse('2033-02-01T00:00:00Z'),
      periodEnd: Date.parse('2033-02-01T05:00:00Z'),
    });
    expect(await use(1)).toBe('denied');
    service.clock.freezeAt('2033-02-01T05:00:00Z');
    expect(await use()).toBe('changed');
  });

  it('editing a plan resets nothing, and takes effect when the next period opens', async () => {
    await service.createPlan('edited', [{ limit: 10, interval: 'day' }]);
    await setUserPlan(service, { userId, planId: 'edited' });
    await use(7);
    await service.createPlan('edited', [{ limit: 5, interval: 'day' }]);
    service.clock.advanceMs(60_000);
    expect(await use(3)).toBe('changed');
    expect(await counter()).toMatchObject({ used: 10, limit: 10 });
    service.clock.freezeAt('2033-02-01T00:00:00Z');
    expect(await use(6)).toBe('denied');
    expect(await use(5)).toBe('changed');
  });

  it('a reset takes no grant away, and the next period does', async () => {
    await setUserPlan(service, { userId, planId: 'day' });
    await grantQuota(service, { userId, feature: 'aiRequest', amount: 5, reason: 'goodwill' });
    expect(await use(15)).toBe('changed');
    await resetQuota(service, { userId });
    expect(await use(15)).toBe('changed');
    service.clock.freezeAt('2033-02-01T00:00:00Z');
    expect(await use(11)).toBe('denied');
    expect(await use(10)).toBe('changed');
  });
});
