import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { periodEnd as stripePeriodEnd } from '../../../infra/local/stripe/calendar.ts';
import { brokenInvariants } from '../../../shared/domain/account.ts';
import { alignBilling } from '../../../shared/domain/billing-period.ts';
import { placeHold, settleHold } from '../../../shared/domain/hold.ts';
import { periodAt } from '../../../shared/domain/period.ts';
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

/** As Stripe's, by the simulator, which counts in seconds. */
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

  it('of a later period closes the open one: holds stay with the period they were taken from', () => {
    const period = { start: SAMPLE_NOW + DAY_MS / 2, end: SAMPLE_NOW + 40 * DAY_MS };
    const { account, opened } = alignBilling(held(), period);
    expect(opened).toBe(true);
    expect(counterOf(account)).toMatchObject({
      used: 0,
      held: 0,
      periodStart: period.start,
      periodEnd: period.end,
    });
    expect(brokenInvariants(account)).toEqual([]);
    const hold = account.holds.get('hold');
    if (!hold) throw new Error('the hold is gone');
    expect(settleHold(account, 'hold', hold, units(5))).toMatchObject({
      code: 'settled',
      late: [{ periodEnd: period.start, amount: 5 }],
    });
  });

  it('that ends when the old one did is still another one to its holds', () => {
    const before = held();
    const { periodEnd } = counterOf(before);
    const { account } = alignBilling(before, { start: SAMPLE_NOW + 1_000, end: periodEnd });
    expect(counterOf(account)).toMatchObject({ held: 0 });
    expect(brokenInvariants(account)).toEqual([]);
  });

  it('of the same or an earlier start only moves the end, with that of its holds', () => {
    const before = held();
    const { periodStart } = counterOf(before);
    for (const start of [periodStart, periodStart - DAY_MS]) {
      const { account, opened } = alignBilling(before, { start, end: SAMPLE_NOW + 3 * DAY_MS });
      expect(opened).toBe(false);
      expect(counterOf(account)).toMatchObject({ held: 5, periodStart, periodEnd: SAMPLE_NOW + 3 * DAY_MS });
      expect(brokenInvariants(account)).toEqual([]);
    }
  });
});
