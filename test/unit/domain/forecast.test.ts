import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Counter } from '../../../shared/domain/account.ts';
import { forecastExhaustion } from '../../../shared/domain/forecast.ts';
import { counterOf, sampleAccount } from '../../support/sample-account.ts';

const DAY_MS = 86_400_000;
const START = Date.UTC(2033, 3, 1);
/** April: 30 days, a limit of 100. */
const april: Counter = {
  ...counterOf(sampleAccount()),
  periodStart: START,
  periodEnd: START + 30 * DAY_MS,
};
const day = (count: number) => START + count * DAY_MS;
/** For a user who started at `startedAt`. */
const forecastOf = (startedAt: number, figures: Partial<Counter>, now: number, subscriptionVersion = 0) => {
  const schedule = { ...sampleAccount().schedule, billingAnchor: startedAt };
  return forecastExhaustion({ schedule, subscriptionVersion }, { ...april, ...figures }, now);
};
const forecast = (figures: Partial<Counter>, now: number) => forecastOf(day(-40), figures, now);

describe('a forecast', () => {
  it('extrapolates the period so far', () => {
    expect(forecast({ used: 50 }, day(10))).toBe(day(20));
    expect(forecast({ used: 60 }, day(15))).toBe(day(25));
  });

  it('is absent if the pace lasts until the reset, or nearly', () => {
    expect(forecast({ used: 50 }, day(15))).toBeUndefined();
    expect(forecast({ used: 51 }, day(15))).toBeUndefined();
    expect(forecast({ used: 30 }, day(15))).toBeUndefined();
  });

  it('is reported while a twentieth of the period remains after it', () => {
    expect(forecast({ used: 50 }, day(14.25))).toBe(day(28.5));
    expect(forecast({ used: 50 }, day(14.25) + 1)).toBeUndefined();
  });

  it('is absent at the beginning of a period, and for little usage', () => {
    expect(forecast({ used: 90 }, day(2.9))).toBeUndefined();
    expect(forecast({ used: 90 }, day(3))).toBe(START + Math.round((3 * DAY_MS * 100) / 90));
    expect(forecast({ used: 19 }, day(3))).toBeUndefined();
    expect(forecast({ used: 20 }, day(3))).toBe(day(15));
  });

  it('is absent for exhausted, unlimited and expired counters and for gauges', () => {
    expect(forecast({ used: 100 }, day(10))).toBeUndefined();
    expect(forecast({ used: 130, enforced: false }, day(10))).toBeUndefined();
    expect(forecast({ used: 50, limit: null }, day(10))).toBeUndefined();
    expect(forecast({ used: 0, limit: 0 }, day(10))).toBeUndefined();
    expect(forecast({ used: 50 }, day(30))).toBeUndefined();
    expect(forecast({ used: 50, interval: 'never' }, day(10))).toBeUndefined();
  });

  it('counts from the user’s start, if the period had begun before', () => {
    // The 20th: 30 of 100 in two days end on the 26th; over the whole of April they would last.
    expect(forecastOf(day(19), { used: 30 }, day(21))).toBe(day(19) + Math.round((2 * DAY_MS * 100) / 30));
    expect(forecastOf(day(0), { used: 30 }, day(21))).toBeUndefined();
  });

  it('is absent at the beginning of the user’s own period, and a moment before its end', () => {
    expect(forecastOf(day(20), { used: 90 }, day(21) - 1)).toBeUndefined();
    expect(forecastOf(day(20), { used: 90 }, day(21))).toBe(day(20) + Math.round((DAY_MS * 100) / 90));
    expect(forecastOf(day(28), { used: 50 }, day(28.25))).toBe(day(28.5));
    expect(forecastOf(day(28), { used: 50 }, day(28.25) + 1)).toBeUndefined();
    expect(forecastOf(day(20), { used: 90 }, day(19))).toBeUndefined();
  });

  it('counts from the period’s start for a subscriber, whose anchor shows when they subscribed', () => {
    expect(forecastOf(day(19), { used: 30 }, day(21), 3)).toBeUndefined();
    expect(forecastOf(day(40), { used: 50 }, day(10), 3)).toBe(day(20));
  });

  it('lies between now and the reset, whatever the figures', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -40, max: 31 }),
        fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
        fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
        fc.integer({ min: -5, max: 40 * 24 }),
        (started, used, limit, hours) => {
          const now = START + hours * 3_600_000;
          const exhaustsAt = forecastOf(day(started), { used, limit }, now);
          if (exhaustsAt === undefined) return;
          expect(exhaustsAt).toBeGreaterThanOrEqual(now);
          expect(exhaustsAt).toBeLessThan(april.periodEnd);
        },
      ),
      { numRuns: 2_000 },
    );
  });
});
