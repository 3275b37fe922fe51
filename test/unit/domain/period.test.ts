import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FAR_FUTURE, INTERVALS, type Schedule } from '../../../shared/domain/account.ts';
import { isTimeZone, nextPeriod, periodAt } from '../../../shared/domain/period.ts';
import { TIME_ZONES } from '../../support/random-accounts.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const at = (iso: string) => Date.parse(iso);
const iso = (epochMs: number) => new Date(epochMs).toISOString();
const schedule = (some: Partial<Schedule> = {}): Schedule => ({
  timeZone: 'UTC',
  anchor: null,
  billingAnchor: at('2024-01-01T00:00Z'),
  billingMonths: 1,
  ...some,
});

const METERED = INTERVALS.filter((interval) => interval !== 'never');
const instant = (from: string, to: string) => fc.integer({ min: at(from), max: at(to) });
const anySchedule = fc.record({
  timeZone: fc.constantFrom(...TIME_ZONES, 'Pacific/Apia', 'America/Sao_Paulo'),
  anchor: fc.oneof(fc.constant(null), instant('2009-01-01T00:00Z', '2040-01-01T00:00Z')),
  billingAnchor: instant('2009-01-01T00:00Z', '2040-01-01T00:00Z'),
  billingMonths: fc.constantFrom(1, 3, 12),
});
const anyMoment = instant('2010-01-01T00:00Z', '2040-01-01T00:00Z');

describe('periods', () => {
  it.each(METERED)('tile the time line without gap or overlap: %s', (interval) => {
    fc.assert(
      fc.property(anySchedule, anyMoment, (plan, now) => {
        const period = periodAt(interval, plan, now);
        expect(period.start).toBeLessThanOrEqual(now);
        expect(period.end).toBeGreaterThan(now);
        expect(periodAt(interval, plan, period.start)).toEqual(period);
        expect(periodAt(interval, plan, period.end - 1)).toEqual(period);
        expect(periodAt(interval, plan, period.end).start).toBe(period.end);
        expect(periodAt(interval, plan, period.start - 1).end).toBe(period.start);
      }),
      { numRuns: 150 },
    );
  });

  it('return to the 29th, 30th and 31st after February', () => {
    for (const day of [29, 30, 31]) {
      const plan = schedule({ billingAnchor: at(`2033-01-${day}T10:00Z`) });
      const february = periodAt('billing_cycle', plan, at('2033-02-10T00:00Z'));
      expect(iso(february.start)).toBe(`2033-01-${day}T10:00:00.000Z`);
      expect(iso(february.end)).toBe('2033-02-28T10:00:00.000Z');
      expect(iso(periodAt('billing_cycle', plan, february.end).end)).toBe(`2033-03-${day}T10:00:00.000Z`);
    }
  });

  it('handle the leap day', () => {
    const plan = schedule({ billingAnchor: at('2032-01-31T00:00Z') });
    expect(iso(periodAt('billing_cycle', plan, at('2032-02-10T00:00Z')).end)).toBe(
      '2032-02-29T00:00:00.000Z',
    );
    const born = schedule({ billingAnchor: at('2032-02-29T00:00Z') });
    expect(iso(periodAt('billing_cycle', born, at('2033-02-10T00:00Z')).end)).toBe(
      '2033-02-28T00:00:00.000Z',
    );
  });

  it('have days of 23 and 25 hours when the clocks change', () => {
    const berlin = schedule({ timeZone: 'Europe/Berlin' });
    const lengthAt = (moment: string) => {
      const { start, end } = periodAt('day', berlin, at(moment));
      return (end - start) / HOUR_MS;
    };
    expect(lengthAt('2033-03-27T12:00Z')).toBe(23);
    expect(lengthAt('2033-10-30T12:00Z')).toBe(25);
    expect(lengthAt('2033-06-01T12:00Z')).toBe(24);
    const week = periodAt('week', berlin, at('2033-03-27T12:00Z'));
    expect(iso(week.end)).toBe('2033-03-27T22:00:00.000Z');
  });

  it('begin 14 hours ahead of UTC on Kiritimati', () => {
    const plan = schedule({ timeZone: 'Pacific/Kiritimati' });
    expect(iso(periodAt('day', plan, at('2033-05-01T10:30Z')).start)).toBe('2033-05-01T10:00:00.000Z');
    expect(iso(periodAt('month', plan, at('2033-04-30T09:59Z')).start)).toBe('2033-03-31T10:00:00.000Z');
    expect(iso(periodAt('month', plan, at('2033-04-30T10:00Z')).start)).toBe('2033-04-30T10:00:00.000Z');
  });

  it('skip the day that Samoa left out', () => {
    const plan = schedule({ timeZone: 'Pacific/Apia' });
    const before = periodAt('day', plan, at('2011-12-30T09:00Z'));
    expect(iso(before.end)).toBe('2011-12-30T10:00:00.000Z');
    expect(periodAt('day', plan, before.end)).toEqual({ start: before.end, end: before.end + DAY_MS });
  });

  it('begin weeks on Monday unless anchored elsewhere', () => {
    expect(iso(periodAt('week', schedule(), at('2033-01-05T00:00Z')).start)).toBe('2033-01-03T00:00:00.000Z');
    const sunday = schedule({ anchor: at('2033-01-02T00:00Z') });
    expect(iso(periodAt('week', sunday, at('2033-01-05T00:00Z')).start)).toBe('2033-01-02T00:00:00.000Z');
  });

  it('count windows of five hours in elapsed time, also across clock changes', () => {
    const plan = schedule({ timeZone: 'Europe/Berlin', anchor: at('2033-03-26T22:00Z') });
    expect(periodAt('5h', plan, at('2033-03-27T02:59Z'))).toEqual({
      start: at('2033-03-26T22:00Z'),
      end: at('2033-03-27T03:00Z'),
    });
    const unanchored = schedule({ billingAnchor: at('2033-01-01T00:07Z') });
    expect(iso(periodAt('5h', unanchored, at('2033-01-01T05:07Z')).start)).toBe('2033-01-01T05:07:00.000Z');
  });

  it('never end for a gauge', () => {
    expect(periodAt('never', schedule(), at('2033-01-01T00:00Z'))).toEqual({
      start: schedule().billingAnchor,
      end: FAR_FUTURE,
    });
  });
});

describe('the next period', () => {
  it.each(METERED)('starts at the end of the last one, when nothing was skipped: %s', (interval) => {
    fc.assert(
      fc.property(anySchedule, anyMoment, (plan, now) => {
        const { end } = periodAt(interval, plan, now);
        expect(nextPeriod(interval, plan, end, end).start).toBe(end);
      }),
      { numRuns: 50 },
    );
  });

  it.each(METERED)('contains now, after 400 idle ones too: %s', (interval) => {
    fc.assert(
      fc.property(anySchedule, anyMoment, fc.nat({ max: 400 }), (plan, now, days) => {
        const { end } = periodAt(interval, plan, now);
        const later = end + days * DAY_MS;
        expect(nextPeriod(interval, plan, end, later)).toEqual(periodAt(interval, plan, later));
      }),
      { numRuns: 50 },
    );
    const end = periodAt(interval, schedule(), at('2000-01-01T00:00Z')).end;
    const late = at('2033-05-05T00:00Z');
    expect(nextPeriod(interval, schedule(), end, late)).toEqual(periodAt(interval, schedule(), late));
  });

  it.each(METERED)(
    'starts no earlier than the old end when the calendar changed meanwhile: %s',
    (interval) => {
      fc.assert(
        fc.property(
          anySchedule,
          anySchedule,
          anyMoment,
          fc.nat({ max: 3 * DAY_MS }),
          (old, changed, now, lateMs) => {
            const { end } = periodAt(interval, old, now);
            const next = nextPeriod(interval, changed, end, end + lateMs);
            expect(next.start).toBeGreaterThanOrEqual(end);
            expect(next.start).toBeLessThanOrEqual(end + lateMs);
            expect(next.end).toBeGreaterThan(end + lateMs);
          },
        ),
        { numRuns: 100 },
      );
    },
  );
});

describe('time zones', () => {
  it('are those that the runtime supports', () => {
    for (const name of TIME_ZONES) expect(isTimeZone(name)).toBe(true);
    for (const name of ['Mars/Olympus', '', 'UTC;', '__proto__']) expect(isTimeZone(name)).toBe(false);
  });
});
