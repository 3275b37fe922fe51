import type { Counter } from './account.ts';

/** What has to be known before a pace is one. Shares are of the period, or of the limit. */
export const FORECAST_GUARDS = {
  /** The beginning of a period says little about its rest. */
  elapsedShare: 0.1,
  /** Nor do a few units. */
  usedShare: 0.2,
  /** So far before the reset it has to end: a moment before is no news. */
  leadShare: 0.05,
} as const;

/**
 * When a counter's limit is reached if usage goes on as it did since its period began (epoch ms); `undefined` where that is
 * not before the period ends, where there is too little to tell by, and for what is exhausted, unlimited or a gauge. Held
 * units may come back and are not counted.
 */
export function forecastExhaustion(
  { limit, used, interval, periodStart, periodEnd }: Counter,
  now: number,
): number | undefined {
  if (limit === null || interval === 'never' || used >= limit) return undefined;
  const lengthMs = periodEnd - periodStart;
  const elapsedMs = now - periodStart;
  if (elapsedMs < lengthMs * FORECAST_GUARDS.elapsedShare) return undefined;
  if (used < limit * FORECAST_GUARDS.usedShare) return undefined;
  const exhaustsAt = Math.round(periodStart + (elapsedMs / used) * limit);
  return exhaustsAt <= periodEnd - lengthMs * FORECAST_GUARDS.leadShare ? exhaustsAt : undefined;
}
