import { describe, expect, it } from 'vitest';
import {
  type Account,
  brokenInvariants,
  type Counter,
  earliestDue,
  FAR_FUTURE,
  mapCounters,
  recount,
} from '../../../shared/domain/account.ts';
import { debit } from '../../../shared/domain/debit.ts';
import { placeHold } from '../../../shared/domain/hold.ts';
import { counterOf, SAMPLE_NOW, sampleAccount, units } from '../../support/sample-account.ts';

const HOUR = 3_600_000;
const withCounter = (some: Partial<Counter>, account: Account = sampleAccount()): Account =>
  mapCounters(account, ['aiRequest'], (counter) => ({ ...counter, ...some }));
const held = placeHold(sampleAccount(), 'hold', units(30), SAMPLE_NOW + HOUR);

describe('an account that contradicts itself says how:', () => {
  it('not at all where it is sound', () => {
    expect(brokenInvariants(sampleAccount())).toEqual([]);
    expect(brokenInvariants(held)).toEqual([]);
  });

  it.each([
    ['something remains that does not', { remaining: 99 }, 'remaining 99 is not limit − used − held'],
    ['less than nothing was used', { used: -1, remaining: 101 }, 'used, held or lifetime out of range'],
    ['more was used than ever', { used: 1, remaining: 99 }, 'used, held or lifetime out of range'],
    ['a period has no length', { periodStart: 5, periodEnd: 5 }, 'its period ends before it starts'],
    ['something is held by nobody', { held: 1, remaining: 99 }, 'held is not the sum of its holds'],
  ])('%s', (_, some, broken) => {
    expect(brokenInvariants(withCounter(some))).toEqual([`aiRequest/month: ${broken}`]);
  });

  it('less than nothing is held', () => {
    expect(brokenInvariants(withCounter({ held: -1, remaining: 101 }))).toEqual([
      'aiRequest/month: used, held or lifetime out of range',
      'aiRequest/month: held is not the sum of its holds',
    ]);
  });

  it('a hold of another period or feature is not among what is held', () => {
    const { periodEnd } = counterOf(held);
    expect(brokenInvariants(withCounter({ periodEnd: periodEnd + 1 }, held))).toEqual([
      'aiRequest/month: held is not the sum of its holds',
    ]);
    const two = sampleAccount([{}, { feature: 'upload' }]);
    expect(brokenInvariants(placeHold(two, 'hold', units(30), SAMPLE_NOW + HOUR))).toEqual([]);
  });
});

describe('something in an account changes by itself', () => {
  it('never while it is idle', () => {
    expect(earliestDue(sampleAccount())).toBeNull();
    expect(earliestDue({ ...sampleAccount(), validUntil: FAR_FUTURE })).toBeNull();
  });

  it('when a period ends in which something was used or is held', () => {
    const { periodEnd } = counterOf(sampleAccount());
    expect(earliestDue(withCounter({ used: 1 }))).toBe(periodEnd);
    expect(earliestDue(withCounter({ held: 1 }))).toBe(periodEnd);
  });

  it('never while it has only used what no period ends', () => {
    const account = debit(sampleAccount([{ interval: 'never' }]), units(10));
    expect(counterOf(account).used).toBe(10);
    expect(earliestDue(account)).toBeNull();
  });

  it('when a hold expires or the plan ends, whichever comes first', () => {
    expect(earliestDue(held)).toBe(SAMPLE_NOW + HOUR);
    expect(earliestDue({ ...held, validUntil: SAMPLE_NOW + 1 })).toBe(SAMPLE_NOW + 1);
    expect(earliestDue({ ...sampleAccount(), validUntil: SAMPLE_NOW + 1 })).toBe(SAMPLE_NOW + 1);
  });
});

describe('a counter', () => {
  it('without a limit remains at what was used and held, below zero', () => {
    const unlimited = recount(counterOf(sampleAccount()), { limit: null, used: 3, held: 4 });
    expect(unlimited.remaining).toBe(-7);
  });

  it('of a feature that is not there is not made', () => {
    const account = sampleAccount();
    expect(mapCounters(account, ['upload'], (counter) => counter).counters).toEqual(account.counters);
  });
});
