import { addDays } from './date-range.ts';

/** What was used on a day, in the time zone of the reports. */
export interface UsedOnDay {
  /** `2026-11-22` */
  readonly date: string;
  readonly used: number;
  /** What was used in each hour (0 … 23) that had use. */
  readonly hours?: ReadonlyMap<number, number> | undefined;
}

/** Usage far above what the user's own days before would let expect, with the figures that say so. */
export interface Anomaly {
  /** The day it is about, in the time zone of the reports: `2026-11-22`. */
  readonly date: string;
  /** `day`: the day as a whole, or so far. `hour`: one of its hours, against the busiest hour of each day before. */
  readonly span: 'day' | 'hour';
  /** The hour (0 … 23), where it is about one. */
  readonly hour?: number;
  readonly value: number;
  readonly median: number;
  /** Median of the distances from the median. */
  readonly mad: number;
  /** How many spreads the value lies above the median; the spread is the MAD scaled to a standard deviation, or its floor. */
  readonly score: number;
  /** How many days it was compared with. */
  readonly days: number;
}

export const ANOMALY_RULES = {
  /** Days looked back on, at most and at least; a user is new until then. */
  mostDays: 28,
  leastDays: 7,
  /** In spreads. Iglewicz and Hoaglin flag from 3.5; people are to be told, so nothing that is merely unusual counts. */
  leastScore: 6,
  /** The value must be so many times what is usual: on all days, on those with use, and on the same days of the week. */
  leastRatio: 3,
  /** Less than this is nobody's flood. */
  leastUnits: 20,
  /** The spread is at least this share of the median, and this many units: regular users have a MAD of 0. */
  spreadShare: 0.1,
  spreadUnits: 1,
} as const;

/** Scales a MAD to the standard deviation of a normal distribution. */
const MAD_TO_DEVIATION = 1.4826;

/**
 * Whether a day, or its last full hour, is far above the user's days before. Days without use count as 0 from the first use
 * on. A day of the week that is always busy is compared with its like too, and raises nothing.
 *
 * Source: Iglewicz and Hoaglin, "How to Detect and Handle Outliers" (1993): the modified z-score by median and MAD.
 *
 * @param day the day so far, or whole
 * @param past days before it that had use, in any order; others are left out
 * @param lastFullHour the hour of `day` that ended last, where there is one
 */
export function findAnomaly(
  day: UsedOnDay,
  past: readonly UsedOnDay[],
  lastFullHour: number | undefined,
): Anomaly | undefined {
  const days = daysBefore(day.date, past);
  if (days.length < ANOMALY_RULES.leastDays) return undefined;
  const whole = judge(day.used, days, ({ used }) => used);
  if (whole) return { date: day.date, span: 'day', ...whole };
  if (lastFullHour === undefined) return undefined;
  const busiest = judge(day.hours?.get(lastFullHour) ?? 0, days, busiestHour);
  return busiest && { date: day.date, span: 'hour', hour: lastFullHour, ...busiest };
}

/** The days before one, the last first, from the user's first use on, with a 0 for those without use. */
function daysBefore(date: string, past: readonly UsedOnDay[]): UsedOnDay[] {
  const byDate = new Map(past.map((day) => [day.date, day]));
  const days: UsedOnDay[] = [];
  for (let back = 1; back <= ANOMALY_RULES.mostDays; back += 1) {
    const name = addDays(date, -back);
    days.push(byDate.get(name) ?? { date: name, used: 0 });
  }
  return days.slice(0, days.findLastIndex(({ used }) => used > 0) + 1);
}

function judge(
  value: number,
  days: readonly UsedOnDay[],
  figure: (day: UsedOnDay) => number,
): Pick<Anomaly, 'value' | 'median' | 'mad' | 'score' | 'days'> | undefined {
  const rules = ANOMALY_RULES;
  const figures = days.map(figure);
  const median = medianOf(figures);
  const mad = medianOf(figures.map((one) => Math.abs(one - median)));
  const spread = Math.max(MAD_TO_DEVIATION * mad, rules.spreadShare * median, rules.spreadUnits);
  const score = Math.round(((value - median) / spread) * 10) / 10;
  // The same days of the week: every seventh, going back. And whoever comes now and then is compared with those days.
  const alike = medianOf(figures.filter((_, index) => (index + 1) % 7 === 0));
  const active = medianOf(figures.filter((one) => one > 0));
  const isFar = score >= rules.leastScore && value >= rules.leastUnits;
  return isFar && value >= rules.leastRatio * Math.max(median, alike, active)
    ? { value, median, mad, score, days: days.length }
    : undefined;
}

function busiestHour({ hours }: UsedOnDay): number {
  return Math.max(0, ...(hours?.values() ?? []));
}

function medianOf(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const [low = 0, high = 0] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]];
  return (low + high) / 2;
}
