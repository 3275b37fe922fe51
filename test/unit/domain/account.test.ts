import { describe, expect, it } from 'vitest';
import {
  type Account,
  brokenInvariants,
  type Counter,
  earliestDue,
  FAR_FUTURE,
  featuresByName,
  isoInstant,
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

describe('findings in an inconsistent account:', () => {
  it('none in a consistent one', () => {
    expect(brokenInvariants(sampleAccount())).toEqual([]);
    expect(brokenInvariants(held)).toEqual([]);
  });

  it.each([
    ['remaining is too high', { remaining: 99 }, 'remaining 99 is not limit − used − held'],
    ['negative usage', { used: -1, remaining: 101 }, 'used, held or lifetime out of range'],
    ['usage above the lifetime total', { used: 1, remaining: 99 }, 'used, held or lifetime out of range'],
    ['a period without length', { periodStart: 5, periodEnd: 5 }, 'its period ends before it starts'],
    ['held units without a hold', { held: 1, remaining: 99 }, 'held is not the sum of its holds'],
  ])('%s', (_, some, broken) => {
    expect(brokenInvariants(withCounter(some))).toEqual([`aiRequest/month: ${broken}`]);
  });

  it('negative held units', () => {
    expect(brokenInvariants(withCounter({ held: -1, remaining: 101 }))).toEqual([
      'aiRequest/month: used, held or lifetime out of range',
      'aiRequest/month: held is not the sum of its holds',
    ]);
  });

  it('a hold of another period or feature does not count as held', () => {
    const { periodEnd } = counterOf(held);
    expect(brokenInvariants(withCounter({ periodEnd: periodEnd + 1 }, held))).toEqual([
      'aiRequest/month: held is not the sum of its holds',
    ]);
    const two = sampleAccount([{}, { feature: 'upload' }]);
    expect(brokenInvariants(placeHold(two, 'hold', units(30), SAMPLE_NOW + HOUR))).toEqual([]);
  });
});

describe('the next time-driven change of an account', () => {
  it('never, while it is idle', () => {
    expect(earliestDue(sampleAccount())).toBeNull();
    expect(earliestDue({ ...sampleAccount(), validUntil: FAR_FUTURE })).toBeNull();
  });

  it('at the end of a period with usage or holds', () => {
    const { periodEnd } = counterOf(sampleAccount());
    expect(earliestDue(withCounter({ used: 1 }))).toBe(periodEnd);
    expect(earliestDue(withCounter({ held: 1 }))).toBe(periodEnd);
  });

  it('never, when all its usage is in gauges', () => {
    const account = debit(sampleAccount([{ interval: 'never' }]), units(10));
    expect(counterOf(account).used).toBe(10);
    expect(earliestDue(account)).toBeNull();
  });

  it('when a hold expires or the plan ends, whichever is first', () => {
    expect(earliestDue(held)).toBe(SAMPLE_NOW + HOUR);
    expect(earliestDue({ ...held, validUntil: SAMPLE_NOW + 1 })).toBe(SAMPLE_NOW + 1);
    expect(earliestDue({ ...sampleAccount(), validUntil: SAMPLE_NOW + 1 })).toBe(SAMPLE_NOW + 1);
  });
});

describe('a counter', () => {
  it('without a limit keeps remaining = −(used + held)', () => {
    const unlimited = recount(counterOf(sampleAccount()), { limit: null, used: 3, held: 4 });
    expect(unlimited.remaining).toBe(-7);
  });

  it('of an unknown feature is not created', () => {
    const account = sampleAccount();
    expect(mapCounters(account, ['upload'], (counter) => counter).counters).toEqual(account.counters);
  });
});

it('the features of an account are sorted by name', () => {
  const account = sampleAccount([
    { feature: 'upload', limit: 1 },
    { feature: 'aiRequest', limit: 1 },
  ]);
  expect(featuresByName(account)).toEqual(['aiRequest', 'upload']);
});

it('an instant is ISO 8601 in UTC, and null for a period that never ends', () => {
  expect(isoInstant(0)).toBe('1970-01-01T00:00:00.000Z');
  expect(isoInstant(FAR_FUTURE - 1)).toBe('9999-12-31T23:59:59.998Z');
  expect(isoInstant(FAR_FUTURE)).toBeNull();
});
