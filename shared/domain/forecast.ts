import type { Account, Counter } from './account.ts';

/** Minimum data for a forecast. Shares are of the period, or of the limit. */
export const FORECAST_GUARDS = {
  /** The beginning of a period, or of the user's part of it, does not predict its rest. */
  elapsedShare: 0.1,
  /** Nor do a few units. */
  usedShare: 0.2,
  /** Minimum lead before the reset: exhaustion just before it needs no alert. */
  leadShare: 0.05,
} as const;

/**
 * Returns when a counter's limit is reached if usage continues at its pace since the period began, or since
 * the user's first day where that was later (epoch ms). `undefined`: not before the period ends, not enough
 * data, or the counter is exhausted, unlimited or a gauge. Held units may be released and are not counted.
 */
export function forecastExhaustion(
  account: Pick<Account, 'schedule' | 'subscriptionVersion'>,
  { limit, used, interval, periodStart, periodEnd }: Counter,
  now: number,
): number | undefined {
  if (limit === null || interval === 'never' || used >= limit) return undefined;
  const since = Math.max(periodStart, firstMoment(account));
  const elapsedMs = now - since;
  if (elapsedMs < (periodEnd - since) * FORECAST_GUARDS.elapsedShare) return undefined;
  if (used < limit * FORECAST_GUARDS.usedShare) return undefined;
  const exhaustsAt = Math.round(since + (elapsedMs / used) * limit);
  const leadMs = (periodEnd - periodStart) * FORECAST_GUARDS.leadShare;
  return exhaustsAt <= periodEnd - leadMs ? exhaustsAt : undefined;
}

/** The user's first day, as far as the account knows: a subscription's anchor replaces it. */
function firstMoment({
  schedule,
  subscriptionVersion,
}: Pick<Account, 'schedule' | 'subscriptionVersion'>): number {
  return subscriptionVersion === 0 ? schedule.billingAnchor : Number.NEGATIVE_INFINITY;
}
