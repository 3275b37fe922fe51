import { describe, expect, it } from 'vitest';
import { type Account, brokenInvariants, type Hold, mapCounters } from '../../../shared/domain/account.ts';
import { advance } from '../../../shared/domain/advance.ts';
import { alignBilling } from '../../../shared/domain/billing-period.ts';
import { debit } from '../../../shared/domain/debit.ts';
import { heldPeriods, holdIn, placeHold, releaseHold, settleHold } from '../../../shared/domain/hold.ts';
import { applyPlan } from '../../../shared/domain/plan.ts';
import { resetUsage } from '../../../shared/domain/reset-and-grant.ts';
import { counterOf, SAMPLE_NOW, sampleAccount, samplePlan, units } from '../../support/sample-account.ts';

const expiresAt = SAMPLE_NOW + 3_600_000;
const held = (amount: number, account = sampleAccount()) =>
  placeHold(account, 'hold', units(amount), expiresAt);
const holdOf = (account: Account): Hold => {
  const hold = account.holds.get('hold');
  if (!hold) throw new Error('the hold is open');
  return hold;
};
const settle = (account: Account, amount: number, now = SAMPLE_NOW) =>
  settleHold(account, 'hold', holdOf(account), units(amount), now);
const settled = (account: Account, amount: number): Account => {
  const outcome = settle(account, amount);
  expect(brokenInvariants(outcome.account)).toEqual([]);
  return outcome.account;
};
const month = { feature: 'aiRequest', interval: 'month' } as const;

describe('a hold', () => {
  it('takes units from remaining without using them', () => {
    const account = held(30);
    expect(counterOf(account)).toMatchObject({ held: 30, used: 0, remaining: 70, lifetime: 0 });
    expect(brokenInvariants(account)).toEqual([]);
  });

  it('settles with the true amount: less, the same, nothing', () => {
    expect(counterOf(settled(held(30), 20))).toMatchObject({
      held: 0,
      used: 20,
      remaining: 80,
      lifetime: 20,
    });
    expect(counterOf(settled(held(30), 30))).toMatchObject({
      held: 0,
      used: 30,
      remaining: 70,
      lifetime: 30,
    });
    expect(counterOf(settled(held(30), 0))).toMatchObject({ held: 0, used: 0, remaining: 100, lifetime: 0 });
  });

  it('settles with a true amount above the limit, and reports the overdraft', () => {
    const account = debit(held(30), units(60));
    expect(settle(account, 40)).toMatchObject({ overdrawn: [] });
    expect(counterOf(settled(account, 40))).toMatchObject({ held: 0, used: 100, remaining: 0 });
    expect(settle(account, 41)).toMatchObject({ overdrawn: [{ ...month, amount: 1 }], late: [] });
    expect(counterOf(settled(account, 41))).toMatchObject({
      held: 0,
      used: 101,
      remaining: -1,
      lifetime: 101,
    });
  });

  it('of an unenforced counter is never overdrawn', () => {
    for (const allowance of [{ limit: null }, { limit: 40, enforced: false }]) {
      expect(settle(held(30, sampleAccount([allowance])), 500).overdrawn).toEqual([]);
    }
  });

  it('returns its units when released', () => {
    const account = held(30);
    const released = releaseHold(account, 'hold', holdOf(account));
    expect(counterOf(released)).toMatchObject({ held: 0, remaining: 100 });
    expect(released.holds.size).toBe(0);
  });

  it('settles in its own figures across a downgrade, an upgrade and a reset', () => {
    const down = applyPlan(held(30), samplePlan([{ limit: 10 }]), SAMPLE_NOW);
    expect(counterOf(down).remaining).toBe(-20);
    expect(counterOf(settled(down, 30))).toMatchObject({ used: 30, held: 0, remaining: -20 });
    expect(settle(down, 30).overdrawn).toEqual([]);
    expect(settle(down, 31).overdrawn).toEqual([{ ...month, amount: 1 }]);
    const up = applyPlan(held(30), samplePlan([{ limit: 500 }]), SAMPLE_NOW);
    expect(counterOf(settled(up, 200))).toMatchObject({ used: 200, remaining: 300 });
    const { account: reset } = resetUsage(debit(held(30), units(50)));
    expect(counterOf(reset)).toMatchObject({ used: 0, held: 30, remaining: 70 });
    expect(counterOf(settled(reset, 30))).toMatchObject({ used: 30, remaining: 70, lifetime: 80 });
  });

  it('leaves an interval unchanged that was added after it', () => {
    const plan = samplePlan([{ limit: 100 }, { limit: 10, interval: 'day' }]);
    const account = settled(applyPlan(held(30), plan, SAMPLE_NOW), 30);
    expect(counterOf(account, 'aiRequest', 'month')).toMatchObject({ used: 30, lifetime: 30 });
    expect(counterOf(account, 'aiRequest', 'day')).toMatchObject({ used: 0, remaining: 10, lifetime: 30 });
  });

  it('is one of several, each settled by itself', () => {
    const both = placeHold(held(30), 'other', units(20), expiresAt);
    expect(counterOf(both).held).toBe(50);
    expect(counterOf(settled(both, 5))).toMatchObject({ held: 20, used: 5, remaining: 75 });
  });

  it('is overdrawn per interval, also when two of them end at once', () => {
    const lastDay = Date.UTC(2033, 4, 31, 12);
    const account = sampleAccount([{ limit: 100 }, { limit: 10, interval: 'day' }], lastDay);
    expect(settle(held(5, account), 10, lastDay).overdrawn).toEqual([]);
    expect(settle(held(5, account), 11, lastDay).overdrawn).toEqual([
      { feature: 'aiRequest', interval: 'day', amount: 1 },
    ]);
    expect(settle(held(5, account), 150, lastDay).overdrawn).toEqual([
      { ...month, amount: 50 },
      { feature: 'aiRequest', interval: 'day', amount: 140 },
    ]);
  });

  it('on an unknown feature holds nothing', () => {
    const account = placeHold(sampleAccount(), 'hold', units(5, 'fax'), expiresAt);
    expect(account.counters).toEqual(sampleAccount().counters);
    expect(holdOf(account).periodEnds).toEqual(new Map([['fax', new Map()]]));
  });

  it('with unknown periods changes no balance', () => {
    const hold: Hold = { amounts: units(5), expiresAt, periodEnds: new Map() };
    const outcome = settleHold(sampleAccount(), 'hold', hold, units(5), SAMPLE_NOW);
    expect(outcome.late).toEqual([]);
    expect(counterOf(outcome.account)).toMatchObject({ used: 0, remaining: 100, lifetime: 5 });
  });
});

describe('a hold whose period is over', () => {
  const { periodEnd } = counterOf(sampleAccount());
  const afterPeriod = (amount: number, expiry = periodEnd + 1): Account => {
    const account = placeHold(sampleAccount(), 'hold', units(amount), expiry);
    const later = advance({ ...account, holds: new Map() }, samplePlan([{}]), periodEnd);
    return { ...later, holds: account.holds };
  };
  const afterwards = afterPeriod(30);
  const use = { ...month, periodEnd };

  it('is settled late, and changes no open balance', () => {
    const outcome = settle(afterwards, 20, periodEnd);
    expect(outcome).toMatchObject({ late: [{ ...use, amount: 20 }], overdrawn: [] });
    expect(counterOf(outcome.account)).toMatchObject({ used: 0, held: 0, remaining: 100, lifetime: 20 });
  });

  it('and that is released settles nothing late', () => {
    expect(settle(afterwards, 0, periodEnd)).toMatchObject({ late: [], overdrawn: [] });
  });

  it('is settled in full: units not reserved at its close are overdrawn', () => {
    expect(settle(afterwards, 30, periodEnd)).toMatchObject({
      late: [{ ...use, amount: 30 }],
      overdrawn: [],
    });
    const more = settle(afterwards, 31, periodEnd);
    expect(more).toMatchObject({ late: [{ ...use, amount: 31 }], overdrawn: [{ ...month, amount: 1 }] });
    expect(counterOf(more.account)).toMatchObject({ used: 0, remaining: 100, lifetime: 31 });
  });

  it('is settled late when its feature is gone, in the lifetime total', () => {
    const gone: Account = { ...afterwards, counters: new Map() };
    const outcome = settle(gone, 20, periodEnd);
    expect(outcome).toMatchObject({ late: [{ ...use, amount: 20 }], overdrawn: [] });
    expect(counterOf(outcome.account)).toMatchObject({ limit: 0, used: 0, remaining: 0, lifetime: 20 });
    expect(brokenInvariants(outcome.account)).toEqual([]);
  });

  it('in its period settles nothing late', () => {
    expect(settle(held(30), 20)).toMatchObject({ late: [] });
  });
});

describe('a hold that has expired', () => {
  const origin = held(30);
  const periods = heldPeriods(origin, holdOf(origin));
  const free = releaseHold(origin, 'hold', holdOf(origin));
  const hold = (account: Account, expiry = expiresAt) =>
    holdIn(account, { amounts: units(30), expiresAt: expiry, periods });
  const confirm = (account: Account, amount: number, now: number, expiry = expiresAt) =>
    settleHold(account, 'hold', hold(account, expiry), units(amount), now);

  it('is booked on top: its units were already returned', () => {
    const { account, late, overdrawn } = confirm(debit(free, units(90)), 30, expiresAt);
    expect(counterOf(account)).toMatchObject({ used: 120, held: 0, remaining: -20, lifetime: 120 });
    expect({ late, overdrawn }).toEqual({ late: [], overdrawn: [{ ...month, amount: 20 }] });
    expect(brokenInvariants(account)).toEqual([]);
  });

  it('does not change other holds', () => {
    const busy = placeHold(free, 'other', units(40), expiresAt + 1);
    const { account, overdrawn } = confirm(busy, 30, expiresAt);
    expect(counterOf(account)).toMatchObject({ used: 30, held: 40, remaining: 30 });
    expect(overdrawn).toEqual([]);
    expect(brokenInvariants(account)).toEqual([]);
  });

  it('finds its period by the start: the end may have moved', () => {
    const { periodEnd } = counterOf(free);
    const moved = mapCounters(free, ['aiRequest'], (counter) => ({ ...counter, periodEnd: periodEnd + 5 }));
    const { account, late } = confirm(moved, 10, expiresAt);
    expect(late).toEqual([]);
    expect(counterOf(account)).toMatchObject({ used: 10, remaining: 90 });
  });

  it('after its period closed is late, and covered if that closed first', () => {
    const { periodEnd } = counterOf(free);
    const later = advance(free, samplePlan([{}]), periodEnd);
    const late = [{ ...month, periodEnd, amount: 30 }];
    expect(confirm(later, 30, periodEnd, periodEnd)).toMatchObject({ late, overdrawn: [] });
    expect(confirm(later, 30, periodEnd, periodEnd - 1)).toMatchObject({
      late,
      overdrawn: [{ ...month, amount: 30 }],
    });
    expect(counterOf(confirm(later, 30, periodEnd).account)).toMatchObject({ used: 0, lifetime: 30 });
  });

  it('is late if its billing period was cut short by one with the same end', () => {
    const billed = held(30, sampleAccount([{ interval: 'billing_cycle' }]));
    const start = expiresAt + 60_000;
    const { periodEnd } = counterOf(billed);
    const { account } = alignBilling(
      releaseHold(billed, 'hold', holdOf(billed)),
      { start, end: periodEnd },
      'earlier',
    );
    const gone = { amounts: units(30), expiresAt, periods: heldPeriods(billed, holdOf(billed)) };
    const outcome = settleHold(account, 'hold', holdIn(account, gone), units(40), start);
    expect(outcome.late).toEqual([
      { feature: 'aiRequest', interval: 'billing_cycle', periodEnd: start, amount: 40 },
    ]);
    expect(counterOf(outcome.account)).toMatchObject({ used: 0, remaining: 100, lifetime: 40 });
  });

  it('is late where a payment has opened its billing period anew with the same start', () => {
    const billed = held(30, sampleAccount([{ interval: 'billing_cycle' }]));
    const { periodStart, periodEnd } = counterOf(billed);
    const gone = { amounts: units(30), expiresAt, periods: heldPeriods(billed, holdOf(billed)) };
    const expired = debit(releaseHold(billed, 'hold', holdOf(billed)), units(60));
    const period = { start: periodStart, end: periodEnd };
    const { account: opened } = alignBilling(expired, period, 'earlier or equal');
    const paid = (openedAfter?: number): Account => ({
      ...opened,
      usedPayments: { periodStart, invoiceIds: ['in_1'], ...(openedAfter !== undefined && { openedAfter }) },
    });
    const bookedIn = (account: Account, madeBy: number) =>
      settleHold(account, 'hold', holdIn(account, { ...gone, madeBy }), units(40), expiresAt);
    const late = bookedIn(paid(7), 7);
    expect(late.late).toEqual([
      { feature: 'aiRequest', interval: 'billing_cycle', periodEnd: periodStart, amount: 40 },
    ]);
    expect(counterOf(late.account)).toMatchObject({ used: 0, remaining: 100, lifetime: 100 });
    // Made since, or opened before it was kept when: the period is the open one.
    for (const { account, late } of [bookedIn(paid(7), 8), bookedIn(paid(), 7)]) {
      expect(late).toEqual([]);
      expect(counterOf(account)).toMatchObject({ used: 40, remaining: 60, lifetime: 100 });
    }
  });

  it('of a feature that left the plan restores its counter, with a limit of 0', () => {
    const gone = applyPlan(free, samplePlan([{ feature: 'upload' }]), SAMPLE_NOW);
    expect(gone.counters.has('aiRequest')).toBe(false);
    const { account, late, overdrawn } = confirm(gone, 30, expiresAt);
    expect({ late, overdrawn }).toEqual({ late: [], overdrawn: [{ ...month, amount: 30 }] });
    expect(counterOf(account)).toMatchObject({ limit: 0, used: 30, remaining: -30, lifetime: 30 });
    expect(brokenInvariants(account)).toEqual([]);
  });

  it('of a gauge is never late, also when a plan restores it under another billing anchor', () => {
    const gauge = { interval: 'never' } as const;
    const stored = held(30, sampleAccount([gauge]));
    const gone = { amounts: units(30), expiresAt, periods: heldPeriods(stored, holdOf(stored)) };
    const expired = releaseHold(stored, 'hold', holdOf(stored));
    const without = applyPlan(expired, samplePlan([{ feature: 'upload' }]), SAMPLE_NOW);
    const billed = { ...without, schedule: { ...without.schedule, billingAnchor: SAMPLE_NOW + 1 } };
    const account = applyPlan(billed, samplePlan([gauge]), expiresAt);
    const outcome = settleHold(account, 'hold', holdIn(account, gone), units(40), expiresAt);
    expect(outcome.late).toEqual([]);
    expect(counterOf(outcome.account)).toMatchObject({ used: 40, remaining: 60, lifetime: 40 });
  });

  it('of a replaced interval is booked late, and never overdrawn', () => {
    const replaced = applyPlan(free, samplePlan([{ interval: 'day' }]), SAMPLE_NOW);
    const { account, late, overdrawn } = confirm(replaced, 500, expiresAt);
    expect({ late, overdrawn }).toEqual({
      late: [{ ...month, periodEnd: counterOf(free).periodEnd, amount: 500 }],
      overdrawn: [],
    });
    expect(counterOf(account, 'aiRequest', 'day')).toMatchObject({ used: 0, lifetime: 500 });
  });

  it('with a true amount of 0 changes nothing', () => {
    const gone = applyPlan(free, samplePlan([{ feature: 'upload' }]), SAMPLE_NOW);
    for (const account of [free, gone]) {
      expect(confirm(account, 0, expiresAt)).toEqual({ account, late: [], overdrawn: [] });
    }
  });
});
