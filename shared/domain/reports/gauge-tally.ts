import type { Feature } from '../account.ts';
import { type DateRange, datesIn } from '../date-range.ts';
import type { GaugeLevel } from '../gauge-level.ts';
import { largest, TOP_USERS, type TopUser, type UsageSums } from './usage-tally.ts';

/** A user's current level of a gauge. */
export interface StoredNow {
  readonly userId: string;
  readonly stored: number;
  readonly planId: string;
}

/** A user's level of a gauge on a day with a change. */
export interface UserLevel extends GaugeLevel {
  readonly userId: string;
}

interface UserGauge {
  now: number;
  planId: string;
  /** Levels before the first change after the range, and before the first change after the previous range. */
  atEnd: Opening | undefined;
  atEndBefore: Opening | undefined;
}
interface Opening {
  readonly date: string;
  readonly stored: number;
}

/**
 * Sums the levels of one gauge over all users, on the days of a report. It computes backwards from the
 * current levels: users without a change are found only there. It keeps the users of one shard at a time,
 * like `ShardTally`.
 */
export class GaugeTally {
  readonly #range: DateRange;
  readonly #before: DateRange;
  readonly #today: string;
  #users = new Map<string, UserGauge>();
  #storedNow = 0;
  readonly #changes = new Map<string, number>();
  /** By day: how far users' peaks were above their levels at the end of the day, in all. */
  readonly #peaks = new Map<string, number>();
  readonly #atEnd = new Map<string, number>();
  readonly #atEndBefore = new Map<string, number>();
  #top: readonly TopUser[] = [];

  /** @param today the day until which changes are added */
  constructor(range: DateRange, before: DateRange, today: string) {
    this.#range = range;
    this.#before = before;
    this.#today = today;
  }

  /** Call it for all users of a shard before its levels. */
  addStored({ userId, stored, planId }: StoredNow): void {
    this.#users.set(userId, { now: stored, planId, atEnd: undefined, atEndBefore: undefined });
  }

  addLevel({ userId, date, opening, stored, peak }: UserLevel): void {
    const user = this.#users.get(userId);
    // The index is eventually consistent and will show the user soon.
    if (!user) return;
    addTo(this.#changes, date, stored - opening);
    addTo(this.#peaks, date, peak - stored);
    const found = { date, stored: opening };
    if (date > this.#range.to) user.atEnd = earlier(user.atEnd, found);
    if (date > this.#before.to) user.atEndBefore = earlier(user.atEndBefore, found);
  }

  /** Closes a shard. */
  closeShard(): void {
    const users = [...this.#users].map(([userId, { now, planId, atEnd, atEndBefore }]) => {
      this.#storedNow += now;
      addTo(this.#atEnd, planId, atEnd?.stored ?? now);
      addTo(this.#atEndBefore, planId, atEndBefore?.stored ?? now);
      return { userId, planId, used: atEnd?.stored ?? now };
    });
    this.#top = largest([...this.#top, ...users.filter(({ used }) => used > 0)], TOP_USERS);
    this.#users = new Map();
  }

  /** Replaces used units by stored levels, in the sums of the range and of the previous range. */
  putInto(feature: Feature, sums: UsageSums, sumsBefore: UsageSums): void {
    replace(feature, sums, this.#atEnd, this.#top);
    replace(feature, sumsBefore, this.#atEndBefore, []);
    for (const [date, { stored }] of this.#days()) {
      const day = sums.days.get(date) ?? { activeUsers: 0, alerts: 0, used: new Map() };
      day.used.set(feature, stored);
      sums.days.set(date, day);
    }
  }

  /** Returns the peak of each day of the range: the sum of all users' peaks. */
  peaks(): ReadonlyMap<string, number> {
    return new Map([...this.#days()].map(([date, { peak }]) => [date, peak]));
  }

  #days(): Map<string, { readonly stored: number; readonly peak: number }> {
    const last = [this.#today, this.#range.to].sort().at(-1) ?? this.#today;
    let stored = this.#storedNow;
    const days = new Map<string, { readonly stored: number; readonly peak: number }>();
    for (const date of datesIn({ from: this.#range.from, to: last }).reverse()) {
      if (date <= this.#range.to && date <= this.#today)
        days.set(date, { stored, peak: stored + (this.#peaks.get(date) ?? 0) });
      stored -= this.#changes.get(date) ?? 0;
    }
    return days;
  }
}

function replace(
  feature: Feature,
  sums: UsageSums,
  byPlan: ReadonlyMap<string, number>,
  top: readonly TopUser[],
): void {
  for (const { used } of [...sums.plans.values(), ...sums.days.values()]) used.delete(feature);
  const total = [...byPlan.values()].reduce((sum, stored) => sum + stored, 0);
  const activeUsers = sums.features.get(feature)?.activeUsers ?? 0;
  if (total === 0 && activeUsers === 0) sums.features.delete(feature);
  else sums.features.set(feature, { used: total, activeUsers, top });
  for (const [planId, stored] of byPlan) {
    if (stored === 0) continue;
    const plan = sums.plans.get(planId) ?? { activeUsers: 0, used: new Map() };
    plan.used.set(feature, stored);
    sums.plans.set(planId, plan);
  }
}

function earlier(one: Opening | undefined, other: Opening): Opening {
  return one && one.date <= other.date ? one : other;
}

function addTo(map: Map<string, number>, key: string, amount: number): void {
  map.set(key, (map.get(key) ?? 0) + amount);
}
