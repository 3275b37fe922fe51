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
  const percent = (used / limit) * 100;
  return USAGE_LEVELS.findLast((level) =>
    level === 'exhausted' ? used >= limit : percent >= thresholds[level],
  );
}

/** 0 below every level, then 1, 2, 3. */
export function rankOf(level: UsageLevel | undefined): number {
  return level === undefined ? 0 : USAGE_LEVELS.indexOf(level) + 1;
}
