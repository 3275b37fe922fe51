import { addDays } from './date-range.ts';

/** Units used on a day, in the time zone of the reports. */
export interface UsedOnDay {
  /** `2026-11-22` */
  readonly date: string;
  readonly used: number;
  /** Units used in each hour (0 … 23) that had use. */
  readonly hours?: ReadonlyMap<number, number> | undefined;
}

/** Usage far above the user's own previous days, with the figures behind the finding. */
export interface Anomaly {
  /** The anomalous day in the time zone of the reports: `2026-11-22`. */
  readonly date: string;
  /**
   * `day`: the day as a whole, or so far. `hour`: one of its hours, against the busiest hour of each previous
   * day.
   */
  readonly span: 'day' | 'hour';
  /** The hour (0 … 23) where `span` is `hour`. */
  readonly hour?: number;
  readonly value: number;
  readonly median: number;
  /** Median of the distances from the median. */
  readonly mad: number;
  /**
   * Distance from the median in spreads; the spread is the MAD scaled to a standard deviation, or its floor.
   */
  readonly score: number;
  /** Number of days in the baseline. */
  readonly days: number;
}

export const ANOMALY_RULES = {
  /** Days in the baseline, at most and at least; with fewer, a user is new. */
  mostDays: 28,
  leastDays: 7,
  /**
   * In spreads. Iglewicz and Hoaglin flag from 3.5; alerts go to people, so merely unusual values are left
   * out.
   */
  leastScore: 6,
  /** Minimum ratio to the median: of all days, of days with use, and of the same days of the week. */
  leastRatio: 3,
  /** Minimum units before a day can be anomalous. */
  leastUnits: 20,
  /** Lower bounds of the spread, as a share of the median and in units: regular users have a MAD of 0. */
  spreadShare: 0.1,
  spreadUnits: 1,
} as const;

/** Scales a MAD to the standard deviation of a normal distribution. */
const MAD_TO_DEVIATION = 1.4826;

/**
 * Returns the anomaly of a day, or of its last full hour, against the user's previous days; `undefined` if
 * there is none. Days without use count as 0 from the first use on. A regularly busy day of the week is no
 * anomaly: it is also compared with the same days of the week.
 *
 * Source: Iglewicz and Hoaglin, "How to Detect and Handle Outliers" (1993): the modified z-score by median
 * and MAD.
 *
 * @param day the day so far, or whole
 * @param past previous days with use, in any order
 * @param lastFullHour the last hour of `day` that has ended, if any
 */
export function findAnomaly(
  day: UsedOnDay,
  past: readonly UsedOnDay[],
  lastFullHour: number | undefined,
): Anomaly | undefined {
  const days = daysBefore(day.date, past);
  if (days.length < ANOMALY_RULES.leastDays) return undefined;
  const whole = deviationOf(day.used, days, ({ used }) => used);
  if (whole) return { date: day.date, span: 'day', ...whole };
  if (lastFullHour === undefined) return undefined;
  const busiest = deviationOf(day.hours?.get(lastFullHour) ?? 0, days, busiestHour);
  return busiest && { date: day.date, span: 'hour', hour: lastFullHour, ...busiest };
}

/** The days before `date`, the latest first, back to the user's first use, with a 0 for those without use. */
function daysBefore(date: string, past: readonly UsedOnDay[]): UsedOnDay[] {
  const byDate = new Map(past.map((day) => [day.date, day]));
  const days: UsedOnDay[] = [];
  for (let back = 1; back <= ANOMALY_RULES.mostDays; back += 1) {
    const name = addDays(date, -back);
    days.push(byDate.get(name) ?? { date: name, used: 0 });
  }
  return days.slice(0, days.findLastIndex(({ used }) => used > 0) + 1);
}

function deviationOf(
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
  // The same days of the week: every seventh, going back. An occasional user is compared with their active
  // days.
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
