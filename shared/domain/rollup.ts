import type { Account, Change, Counter, Feature, LateUse } from './account.ts';
import { lifetimeInAll, shownTotal } from './count-use.ts';
import { dateOf, hourOf } from './date-range.ts';
import { addLevels, type LevelRollup, storedOf } from './gauge-level.ts';
import { operationKey } from './operation.ts';

/** One account image after another, as the table's stream reports it. */
export interface AccountChange {
  readonly before: Account | undefined;
  readonly after: Account & { readonly change: Change };
}

/** How far a feature's lifetime total came within one UTC day. */
export interface DayRollup {
  readonly userId: string;
  readonly feature: Feature;
  /** `2026-11-22` */
  readonly date: string;
  /** The user's plan at the last of the changes. */
  readonly planId: string;
  /** Total before the first and after the last of the changes rolled up, and the versions these made. */
  readonly lifetimeBefore: bigint;
  readonly lifetime: bigint;
  readonly firstVersion: number;
  readonly version: number;
  /** Total after the last of the changes in each UTC hour (0 … 23) that had some. */
  readonly hours: ReadonlyMap<number, bigint>;
}

/** A counter's newest state in its period. */
export interface PeriodRollup {
  readonly userId: string;
  readonly feature: Feature;
  readonly counter: Counter;
  readonly version: number;
  /** The user's plan at this change. */
  readonly planId: string;
}

/** Units that were confirmed after their period had closed. */
export interface LateRollup {
  readonly userId: string;
  readonly late: LateUse;
  readonly operationKey: string;
}

export interface Rollups {
  readonly days: readonly DayRollup[];
  readonly periods: readonly PeriodRollup[];
  readonly late: readonly LateRollup[];
  readonly levels: readonly LevelRollup[];
}

/** Under what a feature's usage is cached. No feature's name has a colon, so no two pairs share an id. */
export function usageCacheId(userId: string, feature: Feature): string {
  return `${userId}:${feature}`;
}

/**
 * Sums a batch of changes up to one write per day, and one per period, of each account and feature.
 *
 * @param timeZone in which days begin (IANA). @default 'UTC'
 */
export function rollUp(changes: readonly AccountChange[], timeZone?: string): Rollups {
  const days = new Map<string, DayRollup>();
  const periods = new Map<string, PeriodRollup>();
  const late: LateRollup[] = [];
  const levels = new Map<string, LevelRollup>();
  for (const { before, after } of changes) {
    addLevels(levels, before, after, timeZone);
    const { userId, version, change, plan } = after;
    const date = dateOf(change.at, timeZone);
    const hour = hourOf(change.at, timeZone);
    for (const [feature, list] of after.counters) {
      const lifetimeBefore = totalOf(before?.counters.get(feature));
      const lifetime = totalOf(list);
      const isUse = lifetime !== lifetimeBefore;
      const isStored = storedOf(after, feature) !== (storedOf(before, feature) ?? 0);
      // What is stored may also go down: such a day stands in the index, with what was stored.
      if (isUse || (isStored && storedOf(after, feature) !== undefined)) {
        const key = `${userId} ${feature} ${date}`;
        const first = days.get(key) ?? { lifetimeBefore, firstVersion: version, hours: [] };
        const { firstVersion } = first;
        days.set(key, {
          userId,
          feature,
          date,
          planId: plan.id,
          lifetimeBefore: first.lifetimeBefore,
          lifetime,
          firstVersion,
          version,
          hours: isUse ? new Map(first.hours).set(hour, lifetime) : new Map(first.hours),
        });
      }
      for (const counter of list) {
        if (!isUsageNews(before, feature, counter)) continue;
        const key = `${userId} ${feature} ${counter.interval} ${counter.periodEnd}`;
        periods.set(key, { userId, feature, counter, version, planId: plan.id });
      }
    }
    for (const use of change.late ?? []) {
      late.push({ userId, late: use, operationKey: operationKey(change.operationId) });
    }
  }
  return { days: [...days.values()], periods: [...periods.values()], late, levels: [...levels.values()] };
}

/**
 * What was used in each hour (0 … 23) of a day that had use, given the lifetime total at the end of those hours. Clocks that
 * disagree around a full hour may move units into the hour before, never out of the day.
 *
 * @param lifetimeBefore the total when the day began
 */
export function hourlyUse(
  lifetimeBefore: bigint,
  hours: ReadonlyMap<number, bigint>,
): ReadonlyMap<number, number> {
  const used = new Map<number, number>();
  let reached = lifetimeBefore;
  for (const [hour, lifetime] of [...hours].sort(([a], [b]) => a - b)) {
    used.set(hour, lifetime > reached ? shownTotal(lifetime - reached) : 0);
    if (lifetime > reached) reached = lifetime;
  }
  return used;
}

/** A feature's lifetime total: every counter of it has the same. */
function totalOf([first]: readonly Counter[] = []): bigint {
  return first ? lifetimeInAll(first) : 0n;
}

function isUsageNews(before: Account | undefined, feature: Feature, counter: Counter): boolean {
  const old = before?.counters
    .get(feature)
    ?.find(({ interval, periodEnd }) => interval === counter.interval && periodEnd === counter.periodEnd);
  return counter.used !== (old?.used ?? 0);
}
