import type { Feature } from '../account.ts';
import { type DateRange, datesIn } from '../date-range.ts';
import type { TopUser, UsageSums } from './usage-tally.ts';

/** A figure of the range, compared with the previous range of equal length. */
export interface Figure {
  readonly value: number;
  readonly before: number;
  readonly change: number;
  /** In percent of `before`, to one decimal; `null` if `before` is 0 and `value` is not. */
  readonly changePercent: number | null;
}

/** Calls denied because a limit was reached: by feature, then day. */
export type ExceededCalls = ReadonlyMap<Feature, ReadonlyMap<string, number>>;

export interface FeatureReport {
  readonly feature: Feature;
  /** For a gauge: the level at the end of the last day. */
  readonly used: Figure;
  readonly activeUsers: Figure;
  /** `null`: the figures were not available. */
  readonly exceeded: Figure | null;
  /** The users with the highest usage, the largest first. */
  readonly top: readonly TopUser[];
  /** For a gauge: the highest daily sum of all users' peaks; `null`: no gauge. */
  readonly peak: number | null;
}

export interface PlanReport {
  readonly planId: string;
  readonly activeUsers: Figure;
  readonly features: readonly { readonly feature: Feature; readonly used: Figure }[];
}

export interface AlertReport {
  readonly level: string;
  readonly feature: Feature;
  readonly count: Figure;
}

export interface DayReport {
  readonly date: string;
  readonly activeUsers: number;
  readonly alerts: number;
  readonly features: readonly {
    readonly feature: Feature;
    readonly used: number;
    readonly exceeded: number | null;
    readonly peak: number | null;
  }[];
}

/** Usage of the service on some days, over all users. */
export interface ServiceReport {
  /** The time zone in which days begin (IANA). */
  readonly timeZone: string;
  readonly range: DateRange;
  readonly before: DateRange;
  /** Whether the last day was over; otherwise its figures still grow. */
  readonly isComplete: boolean;
  readonly activeUsers: Figure;
  readonly features: readonly FeatureReport[];
  readonly plans: readonly PlanReport[];
  readonly alerts: readonly AlertReport[];
  /** Every day of the range, the oldest first. */
  readonly days: readonly DayReport[];
}

/** The input of a report; `before` is the previous range of equal length. */
export interface ReportSources {
  /** @default 'UTC' */
  readonly timeZone?: string | undefined;
  readonly range: DateRange;
  readonly before: DateRange;
  readonly isComplete: boolean;
  readonly sums: UsageSums;
  readonly sumsBefore: UsageSums;
  /** Over both ranges; `null`: not available. */
  readonly exceeded: ExceededCalls | null;
  /** The peak of every gauge by day; the sums have the levels at the end of each day. */
  readonly peaks: ReadonlyMap<Feature, ReadonlyMap<string, number>>;
}

/**
 * Builds a report from its sums. Features, plans and levels without a figure in either range are left out.
 */
export function serviceReport(sources: ReportSources): ServiceReport {
  const { timeZone = 'UTC', range, before, isComplete, sums, sumsBefore } = sources;
  const features = named(sums.features, sumsBefore.features, sources.exceeded ?? new Map());
  return {
    timeZone,
    range,
    before,
    isComplete,
    activeUsers: figure(sums.activeUsers, sumsBefore.activeUsers),
    features: features.map((feature) => featureReport(sources, feature)),
    plans: named(sums.plans, sumsBefore.plans).map((planId) => planReport(sources, planId)),
    alerts: alertReports(sums, sumsBefore),
    days: datesIn(range).map((date) => dayReport(sources, features, date)),
  };
}

/** Compares a figure with the previous one. */
export function figure(value: number, before: number): Figure {
  const change = value - before;
  const changePercent = before === 0 ? null : Math.round((change / before) * 1_000) / 10;
  return { value, before, change, changePercent: change === 0 ? 0 : changePercent };
}

function featureReport(sources: ReportSources, feature: Feature): FeatureReport {
  const { range, before, sums, sumsBefore, exceeded, peaks } = sources;
  const ofDays = peaks.get(feature);
  const [now, then] = [sums.features.get(feature), sumsBefore.features.get(feature)];
  const denied = (days: DateRange) =>
    datesIn(days).reduce((sum, date) => sum + (exceeded?.get(feature)?.get(date) ?? 0), 0);
  return {
    feature,
    used: figure(now?.used ?? 0, then?.used ?? 0),
    activeUsers: figure(now?.activeUsers ?? 0, then?.activeUsers ?? 0),
    exceeded: exceeded && figure(denied(range), denied(before)),
    top: now?.top ?? [],
    peak: ofDays ? Math.max(0, ...ofDays.values()) : null,
  };
}

function planReport({ sums, sumsBefore }: ReportSources, planId: string): PlanReport {
  const [now, then] = [sums.plans.get(planId), sumsBefore.plans.get(planId)];
  return {
    planId,
    activeUsers: figure(now?.activeUsers ?? 0, then?.activeUsers ?? 0),
    features: named(now?.used ?? new Map(), then?.used ?? new Map()).map((feature) => ({
      feature,
      used: figure(now?.used.get(feature) ?? 0, then?.used.get(feature) ?? 0),
    })),
  };
}

function alertReports(sums: UsageSums, sumsBefore: UsageSums): AlertReport[] {
  return named(sums.alerts, sumsBefore.alerts).flatMap((feature) => {
    const [now, then] = [sums.alerts.get(feature), sumsBefore.alerts.get(feature)];
    return named(now ?? new Map(), then ?? new Map()).map((level) => ({
      level,
      feature,
      count: figure(now?.get(level) ?? 0, then?.get(level) ?? 0),
    }));
  });
}

function dayReport(
  { sums, exceeded, peaks }: ReportSources,
  features: readonly Feature[],
  date: string,
): DayReport {
  const day = sums.days.get(date);
  return {
    date,
    activeUsers: day?.activeUsers ?? 0,
    alerts: day?.alerts ?? 0,
    features: features.map((feature) => ({
      feature,
      used: day?.used.get(feature) ?? 0,
      exceeded: exceeded && (exceeded.get(feature)?.get(date) ?? 0),
      peak: peaks.has(feature) ? (peaks.get(feature)?.get(date) ?? 0) : null,
    })),
  };
}

/** The keys of all maps, sorted. */
function named(...maps: readonly ReadonlyMap<string, unknown>[]): string[] {
  return [...new Set(maps.flatMap((map) => [...map.keys()]))].sort();
}
