import type { Counter } from './account.ts';

/** Levels of usage, the lowest first. */
export const USAGE_LEVELS = ['warning', 'critical', 'exhausted'] as const;
export type UsageLevel = (typeof USAGE_LEVELS)[number];

/** Percentages of a limit at which a counter reaches a level; `exhausted` is always 100. */
export interface Thresholds {
  readonly warning: number;
  readonly critical: number;
}

export const DEFAULT_THRESHOLDS: Thresholds = { warning: 80, critical: 95 };
/**
 * Bounds of a plan's thresholds, in whole percent. With a lower bound most changes need no look-up of
 * thresholds.
 */
export const THRESHOLD_BOUNDS = { least: 10, most: 99 } as const;

/** Returns the percentage at which a level begins. */
export function thresholdOf(level: UsageLevel, thresholds: Thresholds): number {
  return level === 'exhausted' ? 100 : thresholds[level];
}

/**
 * Returns the used share of a limit in whole percent, exactly: `29 / 100 * 100` is less than 29 in floating
 * point, and a hundred times an amount may exceed the exact integers. 100 for a limit of 0.
 */
export function percentUsed(used: number, limit: number): number {
  return limit === 0 ? 100 : Number((BigInt(used) * 100n) / BigInt(limit));
}

/**
 * Returns the highest level that a counter has reached; `undefined` below all levels, and without a limit.
 *
 * Only used units count. Held units may be released: an alert about them would recover a moment later, and
 * the next one would then be suppressed as a duplicate.
 */
export function levelOf(
  { limit, used }: Pick<Counter, 'limit' | 'used'>,
  thresholds: Thresholds,
): UsageLevel | undefined {
  if (limit === null || limit <= 0) return undefined;
  // Thresholds are whole numbers, so rounding down is exact.
  const percent = percentUsed(used, limit);
  return USAGE_LEVELS.findLast((level) => percent >= thresholdOf(level, thresholds));
}

/** Returns 0 below every level, then 1, 2, 3. */
export function rankOf(level: UsageLevel | undefined): number {
  return level === undefined ? 0 : USAGE_LEVELS.indexOf(level) + 1;
}
