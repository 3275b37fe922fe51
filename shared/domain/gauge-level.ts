import type { Account, Change, Feature } from './account.ts';
import { type DateRange, dateOf, datesIn } from './date-range.ts';

/** The level of a gauge on one day, such as stored bytes. */
export interface GaugeLevel {
  /** `2026-11-22` */
  readonly date: string;
  /** At the beginning of the day. */
  readonly opening: number;
  /** At the end of the day, or at its last change so far. */
  readonly stored: number;
  /** The most at any moment of the day. */
  readonly peak: number;
}

/** A user's level of a gauge on a day, computed from some of its changes. */
export interface LevelRollup extends GaugeLevel {
  readonly userId: string;
  readonly feature: Feature;
  /** Account versions of the first and the last of the changes. */
  readonly firstVersion: number;
  readonly version: number;
}

/** Adds a change to the levels of its day, by user, feature and day. */
export function addLevels(
  levels: Map<string, LevelRollup>,
  before: Account | undefined,
  after: Account & { readonly change: Change },
  timeZone?: string,
): void {
  const { userId, version } = after;
  const date = dateOf(after.change.at, timeZone);
  for (const feature of after.counters.keys()) {
    const [old, stored] = [storedOf(before, feature) ?? 0, storedOf(after, feature)];
    if (stored === undefined || stored === old) continue;
    const key = `${userId} ${feature} ${date}`;
    const { opening, peak, firstVersion } = levels.get(key) ?? {
      opening: old,
      peak: old,
      firstVersion: version,
    };
    levels.set(key, {
      userId,
      feature,
      date,
      opening,
      stored,
      peak: Math.max(peak, stored),
      firstVersion,
      version,
    });
  }
}

/** Returns the current level of a gauge; `undefined` if the account has no such gauge. */
export function storedOf(account: Account | undefined, feature: Feature): number | undefined {
  return account?.counters.get(feature)?.find(({ interval }) => interval === 'never')?.used;
}

/**
 * Returns the level of every day of a range; days without a change keep the previous level. Days with nothing
 * stored are absent.
 *
 * @param changed the days with changes, from the first day of the range until now
 * @param storedNow the level after all of them
 */
export function everyLevel(
  changed: readonly GaugeLevel[],
  range: DateRange,
  storedNow: number,
): GaugeLevel[] {
  const byDate = new Map(changed.map((level) => [level.date, level]));
  let current = changed[0]?.opening ?? storedNow;
  return datesIn(range).flatMap((date) => {
    const level = byDate.get(date) ?? { date, opening: current, stored: current, peak: current };
    current = level.stored;
    return level.peak > 0 ? [level] : [];
  });
}
