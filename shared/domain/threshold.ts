import type { Counter } from './account.ts';

/** How far usage can come, the lowest level first. */
export const USAGE_LEVELS = ['warning', 'critical', 'exhausted'] as const;
export type UsageLevel = (typeof USAGE_LEVELS)[number];

/** From how many percent of its limit on a counter has reached a level. What is exhausted is so at 100, for everybody. */
export interface Thresholds {
  readonly warning: number;
  readonly critical: number;
}

export const DEFAULT_THRESHOLDS: Thresholds = { warning: 80, critical: 95 };
/** What a plan may set them to: whole percent, `warning` below `critical`. Far from any limit there is nothing to look up. */
export const THRESHOLD_BOUNDS = { least: 10, most: 99 } as const;

/** The percentage at which a level begins. */
export function thresholdOf(level: UsageLevel, thresholds: Thresholds): number {
  return level === 'exhausted' ? 100 : thresholds[level];
}

/**
 * How many whole percent of a limit are used, exactly: `29 / 100 * 100` is less than 29 in floating point, and a hundred times
 * an amount may pass the exact integers. Of a limit of 0 all is used.
 */
export function percentUsed(used: number, limit: number): number {
  return limit === 0 ? 100 : Number((BigInt(used) * 100n) / BigInt(limit));
}

/**
 * The highest level that a counter has reached; `undefined` below all of them, and without a limit.
 *
 * What counts is what was used. Units that are held may come back: an alert about them would be taken back a moment later,
 * and the one that matters would then be a repetition.
 */
export function levelOf(
  { limit, used }: Pick<Counter, 'limit' | 'used'>,
  thresholds: Thresholds,
): UsageLevel | undefined {
  if (limit === null || limit <= 0) return undefined;
  // Thresholds are whole, so that nothing is lost by rounding down.
  const percent = percentUsed(used, limit);
  return USAGE_LEVELS.findLast((level) => percent >= thresholdOf(level, thresholds));
}

/** 0 below every level, then 1, 2, 3. */
export function rankOf(level: UsageLevel | undefined): number {
  return level === undefined ? 0 : USAGE_LEVELS.indexOf(level) + 1;
}
