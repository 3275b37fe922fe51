import type { Interval } from '../../../shared/domain/account.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** A Monday. */
const WEEKS_FROM = Date.UTC(2024, 0, 1);

/**
 * The period of UTC's own calendar that contains a moment, by arithmetic alone: a second opinion on what the service
 * computes with a calendar library. `undefined` for intervals that begin when a subscription did.
 */
export function plainPeriod(interval: Interval, at: number, firstDay: number) {
  switch (interval) {
    case '5h':
      return stepped(at, firstDay, 5 * HOUR_MS);
    case 'day':
      return stepped(at, 0, DAY_MS);
    case 'week':
      return stepped(at, WEEKS_FROM, 7 * DAY_MS);
    case 'month': {
      const date = new Date(at);
      const [year, month] = [date.getUTCFullYear(), date.getUTCMonth()];
      return { start: Date.UTC(year, month), end: Date.UTC(year, month + 1) };
    }
    default:
      return undefined;
  }
}

function stepped(at: number, from: number, lengthMs: number) {
  const start = from + Math.floor((at - from) / lengthMs) * lengthMs;
  return { start, end: start + lengthMs };
}
