import type { DeniedCallMetrics } from '../../adapters/aws/denied-call-metrics.ts';
import type { PlanStore } from '../../adapters/dynamodb/plan-store.ts';
import type { Feature } from '../../domain/account.ts';
import { addDays, type DateRange, daysIn, endOf, rangeBefore } from '../../domain/date-range.ts';
import { type ServiceReport, serviceReport } from '../../domain/reports/service-report.ts';
import { type SumGaugesDeps, sumGauge } from './sum-gauges.ts';
import { findUsedDays, OutOfTime, type SumUsageDeps, sumUsage, type UsedDays } from './sum-usage.ts';

export interface CompileReportDeps extends SumUsageDeps, SumGaugesDeps {
  readonly topIndex: SumUsageDeps['topIndex'] & SumGaugesDeps['topIndex'];
  readonly plans: Pick<PlanStore, 'list' | 'versions'>;
  readonly figures: Pick<DeniedCallMetrics, 'exceeded'>;
  /** Hears why figures are missing in a report. */
  readonly onMissing: (error: unknown) => void;
  /** Epoch ms. */
  readonly now: () => number;
}

export interface ReportLimits {
  /** Partitions of the index that a report may read at most, for the range and for the days before. @default no limit */
  readonly maxQueries?: number;
  /** Says no when the time is over. @default always yes */
  readonly mayContinue?: () => boolean;
}

export type ReportOutcome =
  | { readonly code: 'compiled'; readonly report: ServiceReport }
  /** So many days at most, up to the same last one, fit into the limit with what there is to read. */
  | { readonly code: 'range_too_large'; readonly maxDays: number }
  | { readonly code: 'out_of_time' };

/**
 * How the service was used on some days, beside as many days before: by feature, plan and day, with the calls that were
 * denied, the alerts, and who used most. Reads the days' usage, once for each range and where there is any, and no account.
 * Usage lags by the projector's delay.
 */
export async function compileReport(
  deps: CompileReportDeps,
  range: DateRange,
  { maxQueries = Number.POSITIVE_INFINITY, mayContinue }: ReportLimits = {},
): Promise<ReportOutcome> {
  const { features, gauges } = await everyFeature(deps);
  const before = rangeBefore(range);
  const both = { from: before.from, to: range.to };
  const usedDays = await findUsedDays(deps, both, features);
  const maxDays = daysThatFit(range, usedDays, maxQueries);
  if (maxDays < daysIn(range)) return { code: 'range_too_large', maxDays };
  const isComplete = deps.now() >= endOf(range, deps.reportTimeZone);
  try {
    const exceeding = exceededCalls(deps, features, both);
    const sums = await sumUsage(deps, range, usedDays, mayContinue);
    const sumsBefore = await sumUsage(deps, before, usedDays, mayContinue);
    const peaks = new Map<Feature, ReadonlyMap<string, number>>();
    for (const gauge of gauges) {
      const tally = await sumGauge(deps, gauge, { range, before }, mayContinue);
      tally.putInto(gauge, sums, sumsBefore);
      peaks.set(gauge, tally.peaks());
    }
    const exceeded = await exceeding;
    const report = serviceReport({
      timeZone: deps.reportTimeZone,
      range,
      before,
      isComplete,
      sums,
      sumsBefore,
      exceeded,
      peaks,
    });
    return { code: 'compiled', report };
  } catch (error) {
    if (error instanceof OutOfTime) return { code: 'out_of_time' };
    throw error;
  }
}

/**
 * Every feature that a version of a plan ever granted: one that the plans have lost was used all the same. It is a gauge if
 * any of them has it without an interval.
 */
async function everyFeature({ plans }: Pick<CompileReportDeps, 'plans'>): Promise<{
  readonly features: readonly Feature[];
  readonly gauges: readonly Feature[];
}> {
  const features = new Set<Feature>();
  const gauges = new Set<Feature>();
  for (const { id } of await plans.list()) {
    for (const { allowances } of await plans.versions(id)) {
      for (const { feature, interval } of allowances) {
        features.add(feature);
        if (interval === 'never') gauges.add(feature);
      }
    }
  }
  return { features: [...features].sort(), gauges: [...gauges].sort() };
}

/** How many of the range's last days can be reported, each with one of as many days before. */
function daysThatFit(range: DateRange, usedDays: readonly UsedDays[], maxQueries: number): number {
  const queriesOn = (date: string) =>
    usedDays.reduce((sum, { shards }) => sum + (shards.get(date)?.size ?? 0), 0);
  let queries = 0;
  for (let days = 1; days <= daysIn(range); days += 1) {
    queries += queriesOn(addDays(range.to, 1 - 2 * days)) + queriesOn(addDays(range.to, 2 - 2 * days));
    if (queries > maxQueries) return days - 1;
  }
  return daysIn(range);
}

/** A report without them is better than none. */
async function exceededCalls(
  { figures, onMissing }: CompileReportDeps,
  features: readonly Feature[],
  range: DateRange,
) {
  try {
    return await figures.exceeded(features, range);
  } catch (error) {
    onMissing(error);
    return null;
  }
}
