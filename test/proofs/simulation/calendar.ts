import type { Interval } from '../../../shared/domain/account.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** A Monday. */
const WEEKS_FROM = Date.UTC(2024, 0, 1);

type PeriodOf = (at: number, firstDay: number) => { readonly start: number; readonly end: number };

/**
 * `undefined` for intervals that begin with a subscription, or never end. A missing interval does not
 * compile.
 */
const PERIODS: Readonly<Record<Interval, PeriodOf | undefined>> = {
  '5h': (at, firstDay) => stepped(at, firstDay, 5 * HOUR_MS),
  day: (at) => stepped(at, 0, DAY_MS),
  week: (at) => stepped(at, WEEKS_FROM, 7 * DAY_MS),
  month: (at) => {
    const date = new Date(at);
    const [year, month] = [date.getUTCFullYear(), date.getUTCMonth()];
    return { start: Date.UTC(year, month), end: Date.UTC(year, month + 1) };
  },
  billing_cycle: undefined,
  never: undefined,
};

/**
 * Computes the UTC period that contains an instant by arithmetic alone: an oracle for the service, which uses
 * a calendar library.
 */
export function plainPeriod(interval: Interval, at: number, firstDay: number) {
  return PERIODS[interval]?.(at, firstDay);
}

/** A list from which a random pick has the given weights: each interval as often as its weight. */
export function weightedIntervals(weights: Readonly<Record<Interval, number>>): Interval[] {
  return Object.entries(weights).flatMap(
    ([interval, weight]) => Array.from({ length: weight }, () => interval as Interval), // keys of the record
  );
}

function stepped(at: number, from: number, lengthMs: number) {
  const start = from + Math.floor((at - from) / lengthMs) * lengthMs;
  return { start, end: start + lengthMs };
}
