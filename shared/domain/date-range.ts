/**
 * First and last day of a report, both included, as `2026-11-22`, in the deployment's time zone for reports.
 */
export interface DateRange {
  readonly from: string;
  readonly to: string;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** Returns the day of an instant (epoch ms) in a time zone (IANA). */
export function dateOf(epochMs: number, timeZone = 'UTC'): string {
  return new Date(wallClock(epochMs, timeZone)).toISOString().slice(0, 10);
}

/** Returns the hour of the day (0 … 23) of an instant (epoch ms) in a time zone. */
export function hourOf(epochMs: number, timeZone = 'UTC'): number {
  return new Date(wallClock(epochMs, timeZone)).getUTCHours();
}

/** Returns the instant (epoch ms) at which a day begins in a time zone. */
export function startOf(date: string, timeZone = 'UTC'): number {
  const midnight = Date.parse(date);
  // The offset is looked up twice, since the clocks may change on the day before.
  const guess = midnight - offsetOf(midnight, timeZone);
  const start = midnight - offsetOf(guess, timeZone);
  // Where midnight is skipped, the day begins when the clocks have changed.
  return dateOf(start, timeZone) < date ? start + HOUR_MS : start;
}

/** The local wall-clock time of an instant, expressed as if it were UTC (epoch ms). */
function wallClock(epochMs: number, timeZone: string): number {
  return timeZone === 'UTC' ? epochMs : epochMs + offsetOf(epochMs, timeZone);
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** The offset of a time zone from UTC at an instant, ms. */
function offsetOf(epochMs: number, timeZone: string): number {
  if (timeZone === 'UTC') return 0;
  const format =
    formats.get(timeZone) ?? new Intl.DateTimeFormat('en', { timeZone, timeZoneName: 'longOffset' });
  formats.set(timeZone, format);
  const name = format.formatToParts(epochMs).find(({ type }) => type === 'timeZoneName')?.value ?? '';
  const [, sign = '+', hours = '0', minutes = '0', seconds = '0'] =
    /^GMT([+-])(\d{2}):(\d{2})(?::(\d{2}))?$/.exec(name) ?? [];
  const ahead = ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1_000;
  return sign === '-' ? -ahead : ahead;
}

/** Returns the date `days` after another one; negative: before it. */
export function addDays(date: string, days: number): string {
  return dateOf(Date.parse(date) + days * DAY_MS);
}

export function daysIn({ from, to }: DateRange): number {
  return (Date.parse(to) - Date.parse(from)) / DAY_MS + 1;
}

/** Lists every day, the oldest first. */
export function datesIn(range: DateRange): string[] {
  return Array.from({ length: Math.max(0, daysIn(range)) }, (_, index) => addDays(range.from, index));
}

/** Returns the range of equal length that ends the day before. */
export function rangeBefore(range: DateRange): DateRange {
  return { from: addDays(range.from, -daysIn(range)), to: addDays(range.from, -1) };
}

/** Returns the last day of a day (`2026-11-22`, itself) or of a month (`2026-11`). */
export function lastDayOf(period: string): string {
  const [year = 0, month = 0, day] = period.split('-').map(Number);
  // Months count from 0 there: this is the day before the first of the next one.
  return day === undefined ? dateOf(Date.UTC(year, month, 0)) : period;
}

/** Returns the instant at which the range is over (epoch ms). */
export function endOf({ to }: DateRange, timeZone = 'UTC'): number {
  return startOf(addDays(to, 1), timeZone);
}
