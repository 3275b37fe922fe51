import { addDays, dateOf } from '../date-range.ts';

/** Days for which history stays in the table; absent: for ever. */
export interface Retention {
  readonly ledgerDays?: number | undefined;
  readonly usageDays?: number | undefined;
}

/** The history that may be archived; absent: none of that kind. */
export interface Cutoffs {
  /** Ledger entries made before this day (UTC). */
  readonly ledgerBefore?: string | undefined;
  /** Usage of days before this one, in the time zone of the reports: `2026-08-24`. */
  readonly usageBefore?: string | undefined;
}

/**
 * An archived item stays in the table for this long (ms), so that audits compare it with its checkpoint, and
 * an operator has time to notice a mistake.
 */
export const GRACE_MS = 7 * 86_400_000;

/** Days from one walk through all accounts to the next: each walk reads the whole table. */
export const WALK_EVERY_DAYS = 7;

/** Returns what the retention allows to archive at `now` (epoch ms). */
export function cutoffsAt(now: number, { ledgerDays, usageDays }: Retention, timeZone?: string): Cutoffs {
  return {
    ...(ledgerDays !== undefined && { ledgerBefore: addDays(dateOf(now), -ledgerDays) }),
    ...(usageDays !== undefined && { usageBefore: addDays(dateOf(now, timeZone), -usageDays) }),
  };
}

/**
 * Whether a walk up to `target` is due: for one of the kinds, the earlier walks ended a week before.
 *
 * @param last the latest cutoffs of earlier walks
 */
export function isWalkDue(target: Cutoffs, last: Cutoffs): boolean {
  const isBehind = (to: string | undefined, from: string | undefined) =>
    to !== undefined && (from === undefined || addDays(from, WALK_EVERY_DAYS) <= to);
  return isBehind(target.ledgerBefore, last.ledgerBefore) || isBehind(target.usageBefore, last.usageBefore);
}

/** Returns the later cutoff of each kind. */
export function latestOf(a: Cutoffs, b: Cutoffs): Cutoffs {
  const later = (one = '', other = '') => (one > other ? one : other) || undefined;
  return {
    ledgerBefore: later(a.ledgerBefore, b.ledgerBefore),
    usageBefore: later(a.usageBefore, b.usageBefore),
  };
}

/** Returns the earlier cutoff of each kind; none where one of both has none. */
export function earliestOf(a: Cutoffs, b: Cutoffs): Cutoffs {
  const earlier = (one = '', other = '') => (one < other ? one : other) || undefined;
  return {
    ledgerBefore: earlier(a.ledgerBefore, b.ledgerBefore),
    usageBefore: earlier(a.usageBefore, b.usageBefore),
  };
}
