import type { Account, Change, Counter, Feature, LateUse } from './account.ts';
import { lifetimeInAll, shownTotal } from './count-use.ts';
import { dateOf, hourOf } from './date-range.ts';
import { addLevels, type LevelRollup, storedOf } from './gauge-level.ts';
import { operationKey } from './operation.ts';

/** Two successive images of an account, from the table's stream. */
export interface AccountChange {
  readonly before: Account | undefined;
  readonly after: Account & { readonly change: Change };
}

/** The change of a feature's lifetime total within one day, in the time zone of the reports. */
export interface DayRollup {
  readonly userId: string;
  readonly feature: Feature;
  /** `2026-11-22` */
  readonly date: string;
  /** The user's plan at the last of the changes. */
  readonly planId: string;
  /** Total before the first and after the last of the changes, and the account versions of these two. */
  readonly lifetimeBefore: bigint;
  readonly lifetime: bigint;
  readonly firstVersion: number;
  readonly version: number;
  /** Total after the last change in each hour (0 … 23) with changes. */
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

/** Units confirmed after their period had closed. */
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

/** Returns the cache id of a feature's usage. Feature names have no colon, so ids are unique. */
export function usageCacheId(userId: string, feature: Feature): string {
  return `${userId}:${feature}`;
}

/**
 * Reduces a batch of changes to one write per day, and one per period, of each account and feature.
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
      // A gauge may also decrease: such a day is indexed too, with the stored level.
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
        if (!hasNewUsage(before, feature, counter)) continue;
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
 * Computes the units used in each hour (0 … 23) of a day from the lifetime totals at the end of those hours.
 * Clocks that differ around a full hour may move units into the hour before, never out of the day.
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

/** A feature's lifetime total, which all of its counters share. */
function totalOf([first]: readonly Counter[] = []): bigint {
  return first ? lifetimeInAll(first) : 0n;
}

function hasNewUsage(before: Account | undefined, feature: Feature, counter: Counter): boolean {
  const old = before?.counters
    .get(feature)
    ?.find(({ interval, periodEnd }) => interval === counter.interval && periodEnd === counter.periodEnd);
  return counter.used !== (old?.used ?? 0);
}
