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
  /** Called with the error that leaves figures out of a report. */
  readonly onMissing: (error: unknown) => void;
  /** Epoch ms. */
  readonly now: () => number;
}

export interface ReportLimits {
  /** Maximum partitions of the index that a report may read, for both ranges. @default no limit */
  readonly maxQueries?: number;
  /** Returns `false` when the time is up. @default always `true` */
  readonly mayContinue?: () => boolean;
}

export type ReportOutcome =
  | { readonly code: 'compiled'; readonly report: ServiceReport }
  /** `maxDays`: the longest range with the same last day that fits into the limit. */
  | { readonly code: 'range_too_large'; readonly maxDays: number }
  | { readonly code: 'out_of_time' };

/**
 * Compiles the usage report of a range, compared with the previous range of equal length: by feature, plan
 * and day, with denied calls, alerts and the top users.
 *
 * ```
 * plans ─▶ features ─▶ days with usage ─▶ too many: range_too_large
 *                           └▶ sum both ranges, shard by shard ─▶ gauges ─▶ denied calls ─▶ report
 * ```
 *
 * Invariants: each day's items are read once, no account is read, and memory grows with the users of one
 * shard only. Usage lags by the projector's delay.
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
 * Lists the features of all versions of all plans: a removed feature may have been used, too. A feature is a
 * gauge if any version has it with the interval `never`.
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

/** The number of the range's last days that can be reported together with as many previous days. */
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

/** Reads the denied calls; without them, the report is still compiled. */
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
