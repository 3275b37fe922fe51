import { MAX_AMOUNT } from '../../shared/domain/account.ts';
import { featureView } from '../../shared/domain/quota-result.ts';
import type { UsageReport, UsageRequest } from '../../shared/usecases/report-usage.ts';

/** A usage report as it goes over the wire. */
export function usageView(
  { account, asOf, cached, features }: UsageReport,
  { from, to }: Pick<UsageRequest, 'from' | 'to'>,
) {
  return {
    userId: account.userId,
    from,
    to,
    features: features.map(({ feature, days, daysVersion }) => ({
      type: feature,
      used: Math.min(
        days.reduce((sum, { used }) => sum + used, 0),
        MAX_AMOUNT,
      ),
      days: days.map(({ date, used }) => ({ date, used })),
      daysVersion,
      counters: featureView(account, feature).counters,
    })),
    version: account.version,
    asOf: new Date(asOf).toISOString(),
    cached,
  };
}
