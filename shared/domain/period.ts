import { fromEpochMilliseconds, toZonedDateTimeISO } from 'temporal-polyfill/fns/Instant';
import { addDays, addMonths, addWeeks, fromFields } from 'temporal-polyfill/fns/ZonedDateTime';
import { FAR_FUTURE, type Interval, type Schedule } from './account.ts';

/** A half-open span of time, epoch ms: `start` belongs to it, `end` to the next one. */
export interface Period {
  readonly start: number;
  readonly end: number;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const FIVE_HOURS_MS = 5 * HOUR_MS;

type Zoned = ReturnType<typeof fromFields>;

/** Calendar units: how to add `count` of them to a start, and their mean length for a first guess. */
const STEPS = {
  day: { add: addDays, meanMs: DAY_MS },
  week: { add: addWeeks, meanMs: 7 * DAY_MS },
  month: { add: addMonths, meanMs: 30.436_875 * DAY_MS },
} as const;

/**
 * Returns the period of `interval` that contains `now` (epoch ms).
 *
 * Every boundary is computed from the anchor, never from the previous boundary, so that a day of the month
 * that February lacks returns in March (31 Jan, 28 Feb, 31 Mar). Days, weeks and months follow the wall clock
 * of the schedule's time zone: a day may have 23 or 25 hours. Wall-clock times that a change of the clocks
 * skips or repeats are resolved as RFC 5545 does. A `5h` window is 5 hours of elapsed time.
 */
export function periodAt(interval: Interval, schedule: Schedule, now: number): Period {
  const { timeZone, anchor, billingAnchor, billingMonths } = schedule;
  switch (interval) {
    case 'never':
      return { start: billingAnchor, end: FAR_FUTURE };
    case '5h': {
      const from = anchor ?? billingAnchor;
      const start = from + Math.floor((now - from) / FIVE_HOURS_MS) * FIVE_HOURS_MS;
      return { start, end: start + FIVE_HOURS_MS };
    }
    case 'billing_cycle':
      // Stripe counts in UTC, whatever the account's own time zone is.
      return steppedPeriod('month', zoned(billingAnchor, 'UTC'), now, billingMonths);
    default:
      return steppedPeriod(
        interval,
        anchor === null ? calendarStart(timeZone) : zoned(anchor, timeZone),
        now,
      );
  }
}

/**
 * Returns the period after one that ended at `previousEnd` (≤ `now`), as of `now`. If periods were skipped,
 * it is the one that contains `now`; if the calendar has changed, it starts no earlier than the old end.
 */
export function nextPeriod(interval: Interval, schedule: Schedule, previousEnd: number, now: number): Period {
  const period = periodAt(interval, schedule, now);
  return { start: Math.max(period.start, previousEnd), end: period.end };
}

/** Whether the runtime knows the IANA time zone. */
export function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

function zoned(epochMs: number, timeZone: string): Zoned {
  return toZonedDateTimeISO(fromEpochMilliseconds(epochMs), timeZone);
}

/** A local midnight that begins a day, an ISO week (Monday) and a month. */
function calendarStart(timeZone: string): Zoned {
  return fromFields({ year: 2024, month: 1, day: 1, timeZone });
}

function steppedPeriod(unit: keyof typeof STEPS, anchor: Zoned, now: number, step = 1): Period {
  const { add, meanMs } = STEPS[unit];
  const boundary = (count: number) => add(anchor, count * step).epochMilliseconds;
  let count = Math.floor((now - anchor.epochMilliseconds) / (meanMs * step));
  while (boundary(count) > now) count -= 1;
  while (boundary(count + 1) <= now) count += 1;
  return { start: boundary(count), end: boundary(count + 1) };
}
