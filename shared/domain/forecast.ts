import type { Account, Counter } from './account.ts';

/** What has to be known before a pace is one. Shares are of the period, or of the limit. */
export const FORECAST_GUARDS = {
  /** The beginning of a period, or of the user's part of it, says little about its rest. */
  elapsedShare: 0.1,
  /** Nor do a few units. */
  usedShare: 0.2,
  /** So far before the reset it has to end: a moment before is no news. */
  leadShare: 0.05,
} as const;

/**
 * When a counter's limit is reached if usage goes on as it did since its period began, or since the user came where that was
 * later (epoch ms); `undefined` where that is not before the period ends, where there is too little to tell by, and for what
 * is exhausted, unlimited or a gauge. Held units may come back and are not counted.
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

/** When the user came, as far as the account knows: a subscription's anchor takes the place of its first day. */
function firstMoment({
  schedule,
  subscriptionVersion,
}: Pick<Account, 'schedule' | 'subscriptionVersion'>): number {
  return subscriptionVersion === 0 ? schedule.billingAnchor : Number.NEGATIVE_INFINITY;
}
