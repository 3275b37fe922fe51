import { type Feature, MAX_AMOUNT } from '../account.ts';
import { DistinctCounter } from '../distinct-counter.ts';

/** A user's usage of a feature on a day, and the plan that the day counts for. */
export interface DayUse {
  readonly userId: string;
  readonly date: string;
  readonly feature: Feature;
  readonly used: number;
  readonly planId: string;
}

/** An alert raised on a day. */
export interface RaisedAlert {
  readonly date: string;
  readonly feature: Feature;
  readonly level: string;
}

/** Shards with data of a day; days without any are absent. */
export type UsedShards = ReadonlyMap<string, ReadonlySet<number>>;

export interface TopUser {
  readonly userId: string;
  readonly used: number;
  /** The plan of the user's last day. */
  readonly planId: string;
}

/** Sums over days. A total of `MAX_AMOUNT` means this many or more: a larger one would not be exact. */
export interface UsageSums {
  activeUsers: number;
  readonly features: Map<Feature, { used: number; activeUsers: number; top: readonly TopUser[] }>;
  readonly plans: Map<string, { activeUsers: number; readonly used: Map<Feature, number> }>;
  readonly days: Map<string, { activeUsers: number; alerts: number; readonly used: Map<Feature, number> }>;
  /** Number of alerts by feature, then level. */
  readonly alerts: Map<Feature, Map<string, number>>;
}

export const TOP_USERS = 10;

export function noUsage(): UsageSums {
  return { activeUsers: 0, features: new Map(), plans: new Map(), days: new Map(), alerts: new Map() };
}

/**
 * Sums the usage of one shard of users. A user belongs to one shard, so counts of distinct users add up
 * exactly over shards. Memory grows with the users of the shard, not with their usage: about 100 bytes for a
 * user's id, 8 per feature, a bit per day and plan. Usage may be added in any order.
 */
export class ShardTally {
  readonly #sums: UsageSums;
  readonly #rows = new Map<string, number>();
  readonly #userIds: string[] = [];
  readonly #lastDay: { date: string; planId: string }[] = [];
  readonly #used = new Map<Feature, number[]>();
  readonly #onDay = new Map<string, DistinctCounter>();
  readonly #onPlan = new Map<string, DistinctCounter>();

  /** @param sums the sums of earlier shards, to which this shard is added */
  constructor(sums: UsageSums) {
    this.#sums = sums;
  }

  add({ userId, date, feature, used, planId }: DayUse): void {
    if (used <= 0) return;
    const row = this.#rowOf(userId, date, planId);
    const column = getOrSet(this.#used, feature, () => []);
    while (column.length <= row) column.push(0);
    column[row] = sumOf(column[row] ?? 0, used);
    getOrSet(this.#onDay, date, () => new DistinctCounter()).add(row);
    getOrSet(this.#onPlan, planId, () => new DistinctCounter()).add(row);
    addTo(this.#day(date).used, feature, used);
    addTo(this.#plan(planId).used, feature, used);
  }

  addAlert({ date, feature, level }: RaisedAlert): void {
    this.#day(date).alerts += 1;
    addTo(
      getOrSet(this.#sums.alerts, feature, () => new Map()),
      level,
      1,
    );
  }

  /** Adds the counts of distinct users; call it once, when the shard's usage is complete. */
  close(): void {
    this.#sums.activeUsers += this.#rows.size;
    for (const [date, users] of this.#onDay) this.#day(date).activeUsers += users.count;
    for (const [planId, users] of this.#onPlan) this.#plan(planId).activeUsers += users.count;
    for (const [feature, column] of this.#used) this.#closeFeature(feature, column);
  }

  #closeFeature(feature: Feature, column: readonly number[]): void {
    const sum = getOrSet(this.#sums.features, feature, () => ({ used: 0, activeUsers: 0, top: [] }));
    let top = [...sum.top];
    for (const [row, used] of column.entries()) {
      if (used === 0) continue;
      sum.used = sumOf(sum.used, used);
      sum.activeUsers += 1;
      const isAmong = top.length < TOP_USERS || used >= (top.at(-1)?.used ?? 0);
      if (!isAmong) continue;
      const { planId } = this.#lastDay[row] ?? { planId: '' };
      top = largest([...top, { userId: this.#userIds[row] ?? '', used, planId }], TOP_USERS);
    }
    sum.top = top;
  }

  #rowOf(userId: string, date: string, planId: string): number {
    const row = getOrSet(this.#rows, userId, () => this.#userIds.push(userId) - 1);
    const last = this.#lastDay[row];
    if (!last || date > last.date) this.#lastDay[row] = { date, planId };
    return row;
  }

  #day(date: string) {
    return getOrSet(this.#sums.days, date, () => ({ activeUsers: 0, alerts: 0, used: new Map() }));
  }

  #plan(planId: string) {
    return getOrSet(this.#sums.plans, planId, () => ({ activeUsers: 0, used: new Map() }));
  }
}

/** Returns the `limit` users with the highest usage, the largest first; equals are sorted by id. */
export function largest<U extends { readonly userId: string; readonly used: number }>(
  users: readonly U[],
  limit: number,
): U[] {
  return [...users]
    .sort((a, b) => b.used - a.used || (a.userId < b.userId ? -1 : Number(a.userId > b.userId)))
    .slice(0, limit);
}

function getOrSet<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const found = map.get(key);
  if (found !== undefined) return found;
  const made = make();
  map.set(key, made);
  return made;
}

function addTo<K>(map: Map<K, number>, key: K, amount: number): void {
  map.set(key, sumOf(map.get(key) ?? 0, amount));
}

function sumOf(a: number, b: number): number {
  return Math.min(a + b, MAX_AMOUNT);
}
