/** Days of a report: first and last, both included, as `2026-11-22`; days begin and end in UTC. */
export interface DateRange {
  readonly from: string;
  readonly to: string;
}

const DAY_MS = 86_400_000;

/** The UTC day of an instant (epoch ms). */
export function dateOf(epochMs: number): string {
  return new Date(epochMs).toISOString().slice(0, 10);
}

/** The day that lies `days` after a date, or before it. */
export function addDays(date: string, days: number): string {
  return dateOf(Date.parse(date) + days * DAY_MS);
}

export function daysIn({ from, to }: DateRange): number {
  return (Date.parse(to) - Date.parse(from)) / DAY_MS + 1;
}

/** Every day, oldest first. */
export function datesIn(range: DateRange): string[] {
  return Array.from({ length: Math.max(0, daysIn(range)) }, (_, index) => addDays(range.from, index));
}

/** As many days, ending the day before. */
export function rangeBefore(range: DateRange): DateRange {
  return { from: addDays(range.from, -daysIn(range)), to: addDays(range.from, -1) };
}

/** The instant at which the range is over (epoch ms). */
export function endOf({ to }: DateRange): number {
  return Date.parse(to) + DAY_MS;
}
