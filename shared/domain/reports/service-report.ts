import type { Feature } from '../account.ts';
import { type DateRange, datesIn } from '../date-range.ts';
import type { TopUser, UsageSums } from './usage-tally.ts';

/** A figure of the range beside that of as many days before it. */
export interface Figure {
  readonly value: number;
  readonly before: number;
  readonly change: number;
  /** In percent of `before`, to one decimal; `null` where there was nothing before and is something now. */
  readonly changePercent: number | null;
}

/** Calls that were denied because a limit was reached: by feature, then day. */
export type ExceededCalls = ReadonlyMap<Feature, ReadonlyMap<string, number>>;

export interface FeatureReport {
  readonly feature: Feature;
  /** Of a gauge: what was stored at the end of the last day. */
  readonly used: Figure;
  readonly activeUsers: Figure;
  /** `null`: the figures could not be had. */
  readonly exceeded: Figure | null;
  /** Who used most, the largest first. */
  readonly top: readonly TopUser[];
  /** Of a gauge: the most that was stored on any day, each user at the highest; `null`: no gauge. */
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

/** How the service was used on some days, all users together. */
export interface ServiceReport {
  /** In which days begin (IANA). */
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

/** What a report is made of; `before` is about as many days before the range. */
export interface ReportSources {
  /** @default 'UTC' */
  readonly timeZone?: string | undefined;
  readonly range: DateRange;
  readonly before: DateRange;
  readonly isComplete: boolean;
  readonly sums: UsageSums;
  readonly sumsBefore: UsageSums;
  /** Over both ranges; `null`: they could not be had. */
  readonly exceeded: ExceededCalls | null;
  /** Of every gauge the most that was stored, by day; the sums have what was stored at the end of each. */
  readonly peaks: ReadonlyMap<Feature, ReadonlyMap<string, number>>;
}

/** The report that the sums come to. Features, plans and levels without a figure in either range are left out. */
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

/** A figure beside the one before. */
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

/** Every key that one of the maps has, in order. */
function named(...maps: readonly ReadonlyMap<string, unknown>[]): string[] {
  return [...new Set(maps.flatMap((map) => [...map.keys()]))].sort();
}
