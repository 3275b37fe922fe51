import { describe, expect, it } from 'vitest';
import { type Account, brokenInvariants, type Hold } from '../../../shared/domain/account.ts';
import { resetUsage } from '../../../shared/domain/adjust.ts';
import { advance } from '../../../shared/domain/advance.ts';
import { debit } from '../../../shared/domain/debit.ts';
import { placeHold, releaseHold, settleHold } from '../../../shared/domain/hold.ts';
import { applyPlan } from '../../../shared/domain/plan.ts';
import { counterOf, SAMPLE_NOW, sampleAccount, samplePlan, units } from '../../support/sample-account.ts';

const expiresAt = SAMPLE_NOW + 3_600_000;
const held = (amount: number, account = sampleAccount()) =>
  placeHold(account, 'hold', units(amount), expiresAt);
const holdOf = (account: Account): Hold => {
  const hold = account.holds.get('hold');
  if (!hold) throw new Error('the hold is open');
  return hold;
};
const settle = (account: Account, amount: number) =>
  settleHold(account, 'hold', holdOf(account), units(amount));
const settled = (account: Account, amount: number): Account => {
  const outcome = settle(account, amount);
  if (outcome.code !== 'settled') throw new Error(outcome.code);
  expect(brokenInvariants(outcome.account)).toEqual([]);
  return outcome.account;
};

describe('a hold', () => {
  it('takes units out of what is left without using them', () => {
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

  it('settles with more only as far as there is room', () => {
    const account = debit(held(30), units(60));
    expect(counterOf(settled(account, 40))).toMatchObject({ held: 0, used: 100, remaining: 0 });
    expect(settle(account, 41)).toMatchObject({ code: 'exceeded', feature: 'aiRequest', interval: 'month' });
  });

  it('gives its units back when it is released', () => {
    const account = held(30);
    const released = releaseHold(account, 'hold', holdOf(account));
    expect(counterOf(released)).toMatchObject({ held: 0, remaining: 100 });
    expect(released.holds.size).toBe(0);
  });

  it('settles in its own figures across a downgrade, an upgrade and a reset', () => {
    const down = applyPlan(held(30), samplePlan([{ limit: 10 }]), SAMPLE_NOW);
    expect(counterOf(down).remaining).toBe(-20);
    expect(counterOf(settled(down, 30))).toMatchObject({ used: 30, held: 0, remaining: -20 });
    expect(settle(down, 31).code).toBe('exceeded');
    const up = applyPlan(held(30), samplePlan([{ limit: 500 }]), SAMPLE_NOW);
    expect(counterOf(settled(up, 200))).toMatchObject({ used: 200, remaining: 300 });
    const { account: reset } = resetUsage(debit(held(30), units(50)));
    expect(counterOf(reset)).toMatchObject({ used: 0, held: 30, remaining: 70 });
    expect(counterOf(settled(reset, 30))).toMatchObject({ used: 30, remaining: 70, lifetime: 80 });
  });

  it('leaves an interval alone that came after it', () => {
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

  it('that asks for too much says when its period is over', () => {
    expect(settle(held(30), 101)).toEqual({
      code: 'exceeded',
      feature: 'aiRequest',
      interval: 'month',
      retryAt: counterOf(sampleAccount()).periodEnd,
    });
  });

  it('asks each interval for room, also where two of them end at once', () => {
    const lastDay = Date.UTC(2033, 4, 31, 12);
    const account = sampleAccount([{ limit: 100 }, { limit: 10, interval: 'day' }], lastDay);
    expect(settle(held(5, account), 11)).toMatchObject({ code: 'exceeded', interval: 'day' });
    expect(settle(held(5, account), 10).code).toBe('settled');
  });

  it('on a feature that is not there holds nothing', () => {
    const account = placeHold(sampleAccount(), 'hold', units(5, 'fax'), expiresAt);
    expect(account.counters).toEqual(sampleAccount().counters);
    expect(holdOf(account).periodEnds).toEqual(new Map([['fax', new Map()]]));
  });

  it('whose periods nobody knows touches no balance', () => {
    const hold: Hold = { amounts: units(5), expiresAt, periodEnds: new Map() };
    const outcome = settleHold(sampleAccount(), 'hold', hold, units(5));
    if (outcome.code !== 'settled') throw new Error(outcome.code);
    expect(outcome.late).toEqual([]);
    expect(counterOf(outcome.account)).toMatchObject({ used: 0, remaining: 100, lifetime: 5 });
  });
});

describe('a hold whose period is over', () => {
  const { periodEnd } = counterOf(sampleAccount());
  const later = advance({ ...held(30), holds: new Map() }, samplePlan([{}]), periodEnd);
  const afterwards: Account = { ...later, holds: held(30).holds };
  const use = { feature: 'aiRequest', interval: 'month', periodEnd };

  it('is settled late, and touches no open balance', () => {
    const outcome = settle(afterwards, 20);
    if (outcome.code !== 'settled') throw new Error(outcome.code);
    expect(outcome.late).toEqual([{ ...use, amount: 20 }]);
    expect(counterOf(outcome.account)).toMatchObject({ used: 0, held: 0, remaining: 100, lifetime: 20 });
  });

  it('and that is given back has nothing late', () => {
    expect(settle(afterwards, 0)).toMatchObject({ code: 'settled', late: [] });
  });

  it('has room for what was held, and for no more', () => {
    expect(settle(afterwards, 30)).toMatchObject({ code: 'settled', late: [{ ...use, amount: 30 }] });
    expect(settle(afterwards, 31)).toEqual({
      code: 'exceeded',
      feature: 'aiRequest',
      interval: 'month',
      retryAt: periodEnd,
    });
  });

  it('is settled late where its feature is gone altogether', () => {
    const gone: Account = { ...afterwards, counters: new Map() };
    expect(settle(gone, 20)).toMatchObject({ code: 'settled', late: [{ ...use, amount: 20 }] });
  });

  it('in its period has nothing late', () => {
    expect(settle(held(30), 20)).toMatchObject({ code: 'settled', late: [] });
  });
});
