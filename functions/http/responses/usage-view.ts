import { MAX_AMOUNT } from '../../../shared/domain/account.ts';
import type {
  FeatureUsage,
  UsageReport,
  UsageRequest,
} from '../../../shared/usecases/reports/report-usage.ts';
import type { Problem } from '../problems.ts';
import { featureView } from './quota-view.ts';

/** The request is about days whose usage is archived. */
export function rangeNotKept(keptFrom: string): Problem {
  return {
    code: 'range_not_kept',
    detail: `Usage before ${keptFrom} is archived. Ask for days from then on; a report also reads as many days before its own.`,
    extensions: { keptFrom },
  };
}

/** A usage report on the wire. */
export function usageView(
  { account, asOf, cached, features }: UsageReport,
  { from, to }: Pick<UsageRequest, 'from' | 'to'>,
) {
  return {
    userId: account.userId,
    from,
    to,
    features: features.map((usage) => ({
      type: usage.feature,
      ...figuresOf(usage),
      daysVersion: usage.daysVersion,
      counters: featureView(account, usage.feature).counters,
    })),
    version: account.version,
    asOf: new Date(asOf).toISOString(),
    cached,
  };
}

/** For a gauge, units stored at the end of the days and their peak; otherwise units used on all of them. */
function figuresOf({ days, levels }: FeatureUsage) {
  if (!levels) {
    return {
      used: Math.min(
        MAX_AMOUNT,
        days.reduce((sum, { used }) => sum + used, 0),
      ),
      peak: null,
      days: days.map(({ date, used }) => ({ date, used, peak: null })),
    };
  }
  return {
    used: levels.at(-1)?.stored ?? 0,
    peak: Math.max(0, ...levels.map(({ peak }) => peak)),
    days: levels.map(({ date, stored, peak }) => ({ date, used: stored, peak })),
  };
}
