import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { addDays, dateOf, endOf, hourOf, startOf } from '../../../shared/domain/date-range.ts';
import { periodAt } from '../../../shared/domain/period.ts';

const ZONES = [
  'UTC',
  'Europe/Berlin',
  'America/Los_Angeles',
  'Asia/Kolkata',
  'Asia/Kathmandu',
  'Pacific/Kiritimati',
  'Pacific/Pago_Pago',
  'Australia/Lord_Howe',
  // Clocks change at midnight.
  'America/Havana',
  'Africa/Cairo',
  'America/Sao_Paulo',
];
const instants = fc.integer({ min: Date.UTC(2015, 0, 1), max: Date.UTC(2045, 0, 1) });

describe('days in a time zone', () => {
  test('contain every instant once, and begin where the quota calendar starts them', () => {
    fc.assert(
      fc.property(fc.constantFrom(...ZONES), instants, (timeZone, now) => {
        const date = dateOf(now, timeZone);
        const start = startOf(date, timeZone);
        const end = endOf({ from: date, to: date }, timeZone);
        expect(start <= now && now < end, `${timeZone} ${date}`).toBe(true);
        expect([dateOf(start, timeZone), dateOf(start - 1, timeZone)]).toEqual([date, addDays(date, -1)]);
        const schedule = { timeZone, anchor: null, billingAnchor: 0, billingMonths: 1 };
        expect({ start, end }).toEqual(periodAt('day', schedule, now));
      }),
      { numRuns: 300 },
    );
  });

  test.each([
    ['Europe/Berlin', '2026-11-22T23:30:00Z', '2026-11-23', 0],
    ['America/Los_Angeles', '2026-11-22T07:59:59Z', '2026-11-21', 23],
    ['Asia/Kolkata', '2026-11-22T18:30:00Z', '2026-11-23', 0],
    ['UTC', '2026-11-22T23:59:59Z', '2026-11-22', 23],
  ])('in %s it is at %s the day %s, hour %i', (timeZone, instant, date, hour) => {
    expect([dateOf(Date.parse(instant), timeZone), hourOf(Date.parse(instant), timeZone)]).toEqual([
      date,
      hour,
    ]);
  });

  test('have 23 and 25 hours when the clocks change', () => {
    const hours = (date: string) =>
      (endOf({ from: date, to: date }, 'Europe/Berlin') - startOf(date, 'Europe/Berlin')) / 3_600_000;
    expect(['2026-03-29', '2026-10-25', '2026-11-22'].map(hours)).toEqual([23, 25, 24]);
  });
});
