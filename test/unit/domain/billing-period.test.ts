import fc from 'fast-check';
import { periodEnd as stripePeriodEnd } from 'stripe-simulator/calendar';
import { describe, expect, it } from 'vitest';
import { brokenInvariants } from '../../../shared/domain/account.ts';
import { alignBilling, billingPeriodAt } from '../../../shared/domain/billing-period.ts';
import { DEDUPE_WINDOW } from '../../../shared/domain/dedupe-window.ts';
import { placeHold, settleHold } from '../../../shared/domain/hold.ts';
import { periodAt } from '../../../shared/domain/period.ts';
import { grantUnits } from '../../../shared/domain/reset-and-grant.ts';
import { counterOf, SAMPLE_NOW, sampleAccount, units } from '../../support/sample-account.ts';

const DAY_MS = 86_400_000;
const anchors = fc
  .record({
    year: fc.integer({ min: 2024, max: 2032 }),
    month: fc.nat(11),
    day: fc.oneof(fc.constantFrom(28, 29, 30, 31), fc.integer({ min: 1, max: 31 })),
    second: fc.nat(86_399),
  })
  .map(({ year, month, day, second }) =>
    Date.UTC(year, month, Math.min(day, daysOf(year, month)), 0, 0, second),
  );

function daysOf(year: number, month: number): number {
  return new Date(Date.UTC(year, month + 1, 0)).getUTCDate();
}

/** As the Stripe simulator computes it, in seconds. */
function stripeEnd(anchor: number, months: number, start: number): number {
  const rhythm = { interval: months === 12 ? 'year' : 'month', interval_count: 1 };
  return stripePeriodEnd(anchor / 1_000, rhythm, start / 1_000) * 1_000;
}

describe('the billing cycle', () => {
  it.each([
    ['monthly', 1],
    ['yearly', 12],
  ] as const)('is Stripe’s: %s, from every day of a month', (_, billingMonths) => {
    fc.assert(
      fc.property(anchors, fc.nat(40), (billingAnchor, periods) => {
        const schedule = { timeZone: 'Asia/Kathmandu', anchor: null, billingAnchor, billingMonths };
        let start = billingAnchor;
        for (let count = 0; count < periods % 13; count += 1) {
          const end = stripeEnd(billingAnchor, billingMonths, start);
          expect(periodAt('billing_cycle', schedule, start)).toEqual({ start, end });
          expect(periodAt('billing_cycle', schedule, end - 1)).toEqual({ start, end });
          start = end;
        }
      }),
      { numRuns: 300 },
    );
  });

  const open = () => sampleAccount([{ interval: 'billing_cycle' }]);
  const held = () => {
    const account = open();
    return placeHold(account, 'hold', units(5), SAMPLE_NOW + DAY_MS);
  };

  const paid = { start: SAMPLE_NOW + DAY_MS / 2, end: SAMPLE_NOW + 40 * DAY_MS };

  it('that was paid closes the open one: holds stay with the period they were taken from', () => {
    const { account, opened } = alignBilling(held(), paid, 'earlier');
    expect(opened).toBe(true);
    expect(counterOf(account)).toMatchObject({
      used: 0,
      held: 0,
      periodStart: paid.start,
      periodEnd: paid.end,
    });
    expect(brokenInvariants(account)).toEqual([]);
    const hold = account.holds.get('hold');
    if (!hold) throw new Error('the hold is gone');
    expect(settleHold(account, 'hold', hold, units(5), SAMPLE_NOW + DAY_MS / 2)).toMatchObject({
      late: [{ periodEnd: paid.start, amount: 5 }],
    });
  });

  it('that was not paid keeps the usage of the open one: its end may move earlier, never later', () => {
    const before = held();
    const { periodStart, periodEnd } = counterOf(before);
    for (const end of [periodEnd - DAY_MS, periodEnd, periodEnd + DAY_MS]) {
      const { account, opened } = alignBilling(before, { start: paid.start, end }, 'none');
      expect(opened).toBe(false);
      const moved = { held: 5, periodStart, periodEnd: Math.min(end, periodEnd) };
      expect(counterOf(account)).toMatchObject(moved);
      expect(brokenInvariants(account)).toEqual([]);
    }
  });

  it('opens by time if the counter’s own period has ended when it starts, paid or not', () => {
    const before = held();
    const { periodEnd } = counterOf(before);
    const next = { start: periodEnd, end: periodEnd + 30 * DAY_MS };
    const { account, opened } = alignBilling(before, next, 'none');
    expect(opened).toBe(true);
    expect(counterOf(account)).toMatchObject({ used: 0, held: 0, periodStart: next.start });
    expect(brokenInvariants(account)).toEqual([]);
  });

  it('that ends with the old one is still a different one to its holds', () => {
    const before = held();
    const { periodEnd } = counterOf(before);
    const { account } = alignBilling(before, { start: SAMPLE_NOW + 1_000, end: periodEnd }, 'earlier');
    expect(counterOf(account)).toMatchObject({ held: 0 });
    expect(brokenInvariants(account)).toEqual([]);
  });

  it('with the same start opens only by a payment that has not opened it yet', () => {
    const before = held();
    const same = { start: counterOf(before).periodStart, end: SAMPLE_NOW + 3 * DAY_MS };
    expect(alignBilling(before, same, 'earlier').opened).toBe(false);
    const { account, opened } = alignBilling(before, same, 'earlier or equal');
    expect(opened).toBe(true);
    expect(brokenInvariants(account)).toEqual([]);
  });

  it('with an earlier start opens nothing, paid or not', () => {
    const before = held();
    const earlier = { start: counterOf(before).periodStart - DAY_MS, end: SAMPLE_NOW + 3 * DAY_MS };
    for (const opening of ['none', 'earlier', 'earlier or equal'] as const) {
      expect(alignBilling(before, earlier, opening).opened).toBe(false);
    }
  });
});

describe('a new billing period', () => {
  const next = { start: SAMPLE_NOW + DAY_MS, end: SAMPLE_NOW + 40 * DAY_MS };

  it('opened by time ends the grants of the previous one', () => {
    const granted = grantUnits(sampleAccount([{ interval: 'billing_cycle' }]), 'aiRequest', 25);
    if (!granted) throw new Error('the grant fits');
    const { periodEnd: start } = counterOf(granted);
    const { account } = alignBilling(granted, { start, end: start + DAY_MS }, 'none');
    expect(counterOf(account)).toMatchObject({ limit: 100, granted: 0, remaining: 100 });
  });

  it('of an unlimited feature has no limit', () => {
    const unlimited = sampleAccount([{ interval: 'billing_cycle', limit: null }]);
    const { account } = alignBilling(unlimited, next, 'earlier');
    expect(counterOf(account)).toMatchObject({ limit: null, remaining: 0, periodStart: next.start });
  });

  it('leaves the other intervals of a feature unchanged', () => {
    const before = sampleAccount([{ interval: 'day' }, { interval: 'billing_cycle' }]);
    const { account } = alignBilling(before, next, 'earlier');
    expect(counterOf(account, 'aiRequest', 'day')).toEqual(counterOf(before, 'aiRequest', 'day'));
    expect(counterOf(account, 'aiRequest', 'billing_cycle').periodEnd).toBe(next.end);
  });

  it('takes over no hold of another period or feature', () => {
    const two = sampleAccount([{ interval: 'billing_cycle' }, { feature: 'upload' }]);
    const uploading = placeHold(two, 'upload', units(1, 'upload'), next.end);
    const early = placeHold(uploading, 'early', units(5), next.end);
    const { account: opened } = alignBilling(early, next, 'earlier');
    const { account: moved } = alignBilling(opened, { ...next, end: next.end - DAY_MS }, 'none');
    expect(moved.holds).toEqual(opened.holds);
    expect(brokenInvariants(moved)).toEqual([]);
  });
});

describe('the billing period at an instant', () => {
  const schedule = { ...sampleAccount().schedule };
  const stated = { start: SAMPLE_NOW - DAY_MS, end: SAMPLE_NOW + 2 * DAY_MS };

  it('is Stripe’s, while that lasts', () => {
    for (const now of [stated.start, SAMPLE_NOW, stated.end - 1]) {
      expect(billingPeriodAt(schedule, stated, now)).toBe(stated);
    }
  });

  it('is Stripe’s also where our clock is behind: it begins in a moment', () => {
    for (const behindMs of [1, DEDUPE_WINDOW.clockSkewMs]) {
      expect(billingPeriodAt(schedule, stated, stated.start - behindMs)).toBe(stated);
    }
  });

  it('is derived from the anchor before and after, and when Stripe states none', () => {
    for (const now of [stated.start - DEDUPE_WINDOW.clockSkewMs - 1, stated.end]) {
      expect(billingPeriodAt(schedule, stated, now)).toEqual(periodAt('billing_cycle', schedule, now));
    }
    const own = periodAt('billing_cycle', schedule, SAMPLE_NOW);
    expect(billingPeriodAt(schedule, undefined, SAMPLE_NOW)).toEqual(own);
  });
});
