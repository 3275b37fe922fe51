import type { DecisionFigures } from '../adapters/aws/decision-figures.ts';
import type { PlanStore } from '../adapters/dynamodb/plan-store.ts';
import { INDEX } from '../contract.ts';
import type { Feature } from '../domain/account.ts';
import { type DateRange, daysIn, endOf, rangeBefore } from '../domain/date-range.ts';
import { type ServiceReport, serviceReport } from '../domain/service-report.ts';
import { OutOfTime, type SumUsageDeps, sumUsage } from './sum-usage.ts';

export interface CompileReportDeps extends SumUsageDeps {
  readonly plans: Pick<PlanStore, 'list' | 'versions'>;
  readonly figures: Pick<DecisionFigures, 'exceeded'>;
  /** Hears why figures are missing in a report. */
  readonly onMissing: (error: unknown) => void;
  /** Epoch ms. */
  readonly now: () => number;
}

export interface ReportLimits {
  /** Queries that a report may take at most: range and comparison, days × features × shards. @default no limit */
  readonly maxQueries?: number;
  /** Says no when the time is over. @default always yes */
  readonly mayContinue?: () => boolean;
}

export type ReportOutcome =
  | { readonly code: 'compiled'; readonly report: ServiceReport }
  /** So many days at most fit into the limit with the features there are. */
  | { readonly code: 'range_too_large'; readonly maxDays: number }
  | { readonly code: 'out_of_time' };

/**
 * How the service was used on some days, beside as many days before: by feature, plan and day, with the calls that were
 * denied, the alerts, and who used most. Reads the days' usage, once for each range, and no account. Usage lags by the
 * projector's delay.
 */
export async function compileReport(
  deps: CompileReportDeps,
  range: DateRange,
  { maxQueries = Number.POSITIVE_INFINITY, mayContinue }: ReportLimits = {},
): Promise<ReportOutcome> {
  const features = await everyFeature(deps);
  const queriesPerDay = 2 * INDEX.top.shards * (features.length + 1);
  if (daysIn(range) * queriesPerDay > maxQueries) {
    return { code: 'range_too_large', maxDays: Math.floor(maxQueries / queriesPerDay) };
  }
  const before = rangeBefore(range);
  const isComplete = deps.now() >= endOf(range);
  try {
    const exceeding = exceededCalls(deps, features, { from: before.from, to: range.to });
    const sums = await sumUsage(deps, range, features, mayContinue);
    const sumsBefore = await sumUsage(deps, before, features, mayContinue);
    const exceeded = await exceeding;
    return {
      code: 'compiled',
      report: serviceReport({ range, before, isComplete, sums, sumsBefore, exceeded }),
    };
  } catch (error) {
    if (error instanceof OutOfTime) return { code: 'out_of_time' };
    throw error;
  }
}

/** Whatever a version of a plan ever granted: a feature that the plans have lost was used all the same. */
async function everyFeature({ plans }: Pick<CompileReportDeps, 'plans'>): Promise<Feature[]> {
  const features = new Set<Feature>();
  for (const { id } of await plans.list()) {
    for (const { allowances } of await plans.versions(id)) {
      for (const { feature } of allowances) features.add(feature);
    }
  }
  return [...features].sort();
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
