/** A price's billing interval, as Stripe names it. */
export interface BillingInterval {
  readonly interval: string;
  readonly interval_count: number;
}

export const HOUR = 3_600;
export const DAY = 24 * HOUR;

const DAYS = { day: 1, week: 7 } as const;
const MONTHS = { month: 1, year: 12 } as const;

/**
 * Returns the end of the period that starts at `start`: the next boundary counted from the anchor, so that
 * the 31st returns after February. All in seconds, UTC.
 */
export function periodEnd(
  anchor: number,
  { interval, interval_count }: BillingInterval,
  start: number,
): number {
  if (interval === 'day' || interval === 'week') {
    const length = DAYS[interval] * interval_count * DAY;
    return anchor + (Math.floor((start - anchor) / length) + 1) * length;
  }
  const months = MONTHS[interval === 'year' ? 'year' : 'month'] * interval_count;
  let periods = Math.floor(monthsBetween(anchor, start) / months) - 1;
  while (addMonths(anchor, periods * months) <= start) periods++;
  return addMonths(anchor, periods * months);
}

function monthsBetween(from: number, to: number): number {
  const [first, last] = [new Date(from * 1_000), new Date(to * 1_000)];
  return (last.getUTCFullYear() - first.getUTCFullYear()) * 12 + last.getUTCMonth() - first.getUTCMonth();
}

function addMonths(anchor: number, months: number): number {
  const date = new Date(anchor * 1_000);
  const day = date.getUTCDate();
  date.setUTCDate(1);
  date.setUTCMonth(date.getUTCMonth() + months);
  const lastDay = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
  date.setUTCDate(Math.min(day, lastDay));
  return date.getTime() / 1_000;
}
