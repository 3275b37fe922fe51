import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findAnomaly, type UsedOnDay } from '../../../shared/domain/anomaly.ts';
import { seededRandom } from '../../support/faulty-client.ts';

const TODAY = '2033-05-10';
const DAY_MS = 86_400_000;
const dateBack = (back: number) => new Date(Date.parse(TODAY) - back * DAY_MS).toISOString().slice(0, 10);
/** Usage of the days before, yesterday first. */
const past = (used: readonly number[]): UsedOnDay[] =>
  used.map((units, index) => ({ date: dateBack(index + 1), used: units }));
const today = (used: number, hours?: Record<number, number>): UsedOnDay => ({
  date: TODAY,
  used,
  hours: new Map(Object.entries(hours ?? {}).map(([hour, units]) => [Number(hour), units])),
});
const repeat = <T>(days: number, figure: (back: number) => T): T[] =>
  Array.from({ length: days }, (_, index) => figure(index + 1));

describe('a day far above the days before', () => {
  it('is reported with its figures', () => {
    const usual = [90, 100, 110, 95, 105, 100, 120, 80, 100, 100, 90, 110, 100, 105];
    expect(findAnomaly(today(1_000), past(usual), undefined)).toEqual({
      date: TODAY,
      span: 'day',
      value: 1_000,
      median: 100,
      mad: 5,
      score: 90,
      days: 14,
    });
  });

  it('is reported also for a flat series with a MAD of 0, but a slightly higher day is not', () => {
    const flat = past(repeat(20, () => 100));
    expect(findAnomaly(today(300), flat, undefined)).toMatchObject({
      value: 300,
      median: 100,
      mad: 0,
      score: 20,
    });
    expect(findAnomaly(today(299), flat, undefined)).toBeUndefined();
    expect(findAnomaly(today(101), flat, undefined)).toBeUndefined();
  });

  it('is reported for a quiet user, from a minimum amount', () => {
    const quiet = past(repeat(28, (back) => (back === 28 ? 1 : 0)));
    expect(findAnomaly(today(20), quiet, undefined)).toMatchObject({ median: 0, mad: 0, days: 28 });
    expect(findAnomaly(today(19), quiet, undefined)).toBeUndefined();
  });

  it('is reported although one such day occurred before', () => {
    const once = past(repeat(28, (back) => (back === 5 ? 5_000 : 100)));
    expect(findAnomaly(today(5_000), once, undefined)).toMatchObject({ value: 5_000, median: 100 });
  });
});

describe('a day of an irregular user', () => {
  /** Median 100, MAD 34: six spreads above are 402. */
  const irregular = past([66, 134, 66, 100, 134, 134, 66]);

  it('is reported from six spreads above the median on', () => {
    expect(findAnomaly(today(402), irregular, undefined)).toMatchObject({ median: 100, mad: 34, score: 6 });
    expect(findAnomaly(today(399), irregular, undefined)).toBeUndefined();
  });

  it('is compared with days without usage too', () => {
    const once = [{ date: dateBack(28), used: 1 }];
    expect(findAnomaly(today(20), once, undefined)).toMatchObject({ median: 0, mad: 0, days: 28 });
  });
});

describe('nothing is reported', () => {
  it('for an hour when the hours of the day are unknown', () => {
    const days = past(repeat(14, () => 240));
    expect(findAnomaly({ date: TODAY, used: 300 }, days, 9)).toBeUndefined();
  });

  it('for a user who started less than a week ago', () => {
    expect(findAnomaly(today(5_000), past(repeat(6, () => 10)), undefined)).toBeUndefined();
    expect(findAnomaly(today(5_000), past(repeat(7, () => 10)), undefined)).toBeDefined();
    expect(findAnomaly(today(5_000), [], undefined)).toBeUndefined();
  });

  it.each([0, 1, 2, 3, 4, 5, 6])('for weeks that are all alike, whatever the day: %i', (shift) => {
    const week = [1_000, 20, 20, 20, 20, 0, 0];
    const on = (back: number) => week[(shift + 28 - back) % 7] ?? 0;
    expect(findAnomaly(today(on(0)), past(repeat(28, on)), undefined)).toBeUndefined();
    expect(findAnomaly(today(on(0)), past(repeat(9, on)), undefined)).toBeUndefined();
  });

  it('for sporadic use of a constant amount', () => {
    const days = [3, 8, 9, 15, 22, 27];
    const rarely = past(repeat(28, (back) => (days.includes(back) ? 40 : 0)));
    expect(findAnomaly(today(50), rarely, undefined)).toBeUndefined();
    expect(findAnomaly(today(400), rarely, undefined)).toBeDefined();
  });

  it('for growth or noise', () => {
    expect(findAnomaly(today(200), past(repeat(28, (back) => 200 - 5 * back)), undefined)).toBeUndefined();
    const random = seededRandom(7);
    for (let run = 0; run < 200; run += 1) {
      const noise = repeat(28, () => Math.round(50 + 50 * random()));
      expect(findAnomaly(today(Math.round(50 + 50 * random())), past(noise), undefined)).toBeUndefined();
    }
  });

  it('for days more than four weeks ago', () => {
    const long = [...past(repeat(28, () => 100)), { date: dateBack(29), used: 1 }];
    expect(findAnomaly(today(400), long, undefined)).toMatchObject({ days: 28 });
  });
});

describe('an hour far above the busiest hours of the days before', () => {
  const spread = (back: number): UsedOnDay => ({
    date: dateBack(back),
    used: 240,
    hours: new Map(Array.from({ length: 24 }, (_, hour) => [hour, 10])),
  });
  const days = repeat(14, (back) => back).map(spread);

  it('is reported before its day is unusual', () => {
    expect(findAnomaly(today(300, { 8: 10, 9: 290 }), days, 9)).toMatchObject({
      span: 'hour',
      hour: 9,
      value: 290,
      median: 10,
      days: 14,
    });
  });

  it('is reported when the days before have no hours', () => {
    expect(findAnomaly(today(300, { 9: 290 }), past(repeat(14, () => 240)), 9)).toMatchObject({
      span: 'hour',
      value: 290,
      median: 0,
    });
  });

  it('is not reported for another hour, nor when every day has such an hour', () => {
    expect(findAnomaly(today(300, { 8: 290, 9: 10 }), days, 9)).toBeUndefined();
    const bursts = repeat(14, (back) => ({ date: dateBack(back), used: 240, hours: new Map([[back, 240]]) }));
    expect(findAnomaly(today(240, { 9: 240 }), bursts, 9)).toBeUndefined();
  });
});

it('more usage on the same day is never less unusual', () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat(500), { minLength: 7, maxLength: 28 }),
      fc.nat(5_000),
      fc.nat(5_000),
      (days, used, more) => {
        if (findAnomaly(today(used), past(days), undefined) === undefined) return;
        expect(findAnomaly(today(used + more), past(days), undefined)).toBeDefined();
      },
    ),
  );
});
