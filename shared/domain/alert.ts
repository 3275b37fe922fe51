import { createHash } from 'node:crypto';
import type { Account, Counter, Feature, Interval } from './account.ts';
import type { Anomaly } from './anomaly.ts';
import { endOf, startOf } from './date-range.ts';
import type { AccountChange } from './rollup.ts';
import {
  levelOf,
  percentUsed,
  rankOf,
  type Thresholds,
  thresholdOf,
  USAGE_LEVELS,
  type UsageLevel,
} from './threshold.ts';

/**
 * Kinds of alert: a usage level, usage unlike the user's own past, a quota exhausted before its period ends.
 */
export const ALERT_LEVELS = [...USAGE_LEVELS, 'anomaly', 'forecast'] as const;
export type AlertLevel = (typeof ALERT_LEVELS)[number];

/** The counter, or the day of usage, that an alert describes. */
export interface AlertSubject {
  readonly userId: string;
  readonly feature: Feature;
  readonly interval: Interval;
  /** Epoch ms. The end of a period may move, its start does not. */
  readonly periodStart: number;
}

interface AlertBase extends AlertSubject {
  /**
   * Receivers deduplicate by it: equal in every event and notice about this alert, different for each rise of
   * a level.
   */
  readonly id: string;
  readonly periodEnd: number;
  readonly planId: string;
  /** The account version of the figures. */
  readonly version: number;
  /** Epoch ms. */
  readonly raisedAt: number;
}

export interface UsageAlert extends AlertBase, Pick<Counter, 'used' | 'held'> {
  readonly level: UsageLevel;
  readonly limit: number;
  /** Percent. */
  readonly threshold: number;
}

export interface ForecastAlert extends AlertBase, Pick<Counter, 'used' | 'held'> {
  readonly level: 'forecast';
  readonly limit: number;
  /** When the limit is reached at the pace so far (epoch ms). */
  readonly exhaustsAt: number;
}

export interface AnomalyAlert extends AlertBase {
  readonly level: 'anomaly';
  readonly anomaly: Anomaly;
}

export type Alert = UsageAlert | ForecastAlert | AnomalyAlert;

/** The state of a counter when it fell below an alert's threshold. */
export interface Recovery extends Pick<Counter, 'used' | 'held' | 'limit'> {
  /** The level after the fall; absent: below all thresholds. */
  readonly level?: UsageLevel | undefined;
  readonly version: number;
  /** Epoch ms. */
  readonly at: number;
}

/** A counter whose level differs before and after a change, within one period. */
export interface Crossing {
  readonly account: Account;
  readonly feature: Feature;
  /** After the change. */
  readonly counter: Counter;
  /** Before the change; absent where the change opened the counter or its period. */
  readonly before: Counter | undefined;
  readonly thresholds: Thresholds;
  readonly from: UsageLevel | undefined;
  readonly to: UsageLevel | undefined;
  /** Epoch ms. */
  readonly at: number;
  /**
   * The plan grants the feature in this interval again. Alerts from before its removal may still be active,
   * so `from` is unknown.
   */
  readonly isResumed: boolean;
}

/** A period with usage that was closed or reset. */
export interface ClosedPeriod extends AlertSubject {
  readonly periodEnd: number;
  readonly limit: number | null;
  readonly used: number;
  /** `rollover`: the next period has begun. `reset`: the same period continues from 0. */
  readonly cause: 'rollover' | 'reset';
  readonly version: number;
  /** Epoch ms. */
  readonly at: number;
}

/**
 * Returns the levels that a change crossed, whatever its kind: consumption, a smaller plan, a grant, a reset.
 * A counter that jumps several levels crosses the last one. A new period begins below all levels, and the end
 * of a period recovers none. A feature that the plan removed (limit 0) is neither exhausted nor recovered;
 * once granted again, it is compared with the active alerts.
 */
export function crossingsOf(
  { before, after }: AccountChange,
  thresholdsOf: (planId: string) => Thresholds,
): Crossing[] {
  const thresholds = thresholdsOf(after.plan.id);
  const old = before && { counters: before.counters, thresholds: thresholdsOf(before.plan.id) };
  return countersOf(after).flatMap(({ feature, counter }) => {
    if (counter.limit === 0) return [];
    const same = old?.counters.get(feature)?.find((other) => isSamePeriod(other, counter));
    const from = old && same && levelOf(same, old.thresholds);
    const to = levelOf(counter, thresholds);
    const isResumed = resumes(before, feature, counter);
    if (from === to && !isResumed) return [];
    const { at } = after.change;
    return [{ account: after, feature, counter, before: same, thresholds, from, to, at, isResumed }];
  });
}

/** Whether a change can have crossed a level at all, if every threshold is at least `leastPercent`. */
export function mayCross({ before, after }: AccountChange, leastPercent: number): boolean {
  const isNear = ({ limit, used }: Counter) => limit !== null && percentUsed(used, limit) >= leastPercent;
  const counters = [before, after].flatMap((account) => (account ? countersOf(account) : []));
  if (counters.some(({ counter }) => isNear(counter))) return true;
  return countersOf(after).some(({ feature, counter }) => resumes(before, feature, counter));
}

/**
 * Whether a change grants a feature again in an interval that its plan had removed: the limit was 0, or the
 * counter was dropped. A counter of an earlier period is followed, not resumed.
 */
function resumes(before: Account | undefined, feature: Feature, counter: Counter): boolean {
  if (!before || counter.lifetime === 0 || counter.limit === 0) return false;
  const old = before.counters.get(feature)?.find(({ interval }) => interval === counter.interval);
  return !old || (old.limit === 0 && isSamePeriod(old, counter));
}

/** Returns the periods that a change closed or reset; periods without usage are left out. */
export function closedPeriods({ before, after }: AccountChange): ClosedPeriod[] {
  if (!before) return [];
  const { userId, version, change } = after;
  return countersOf(before).flatMap(({ feature, counter }) => {
    const next = after.counters.get(feature)?.find(({ interval }) => interval === counter.interval);
    if (!next || counter.used === 0) return [];
    const isOver = next.periodStart > counter.periodStart;
    if (!isOver && (change.kind !== 'reset' || next.used !== 0)) return [];
    const { interval, periodStart, periodEnd, limit, used } = counter;
    const cause = isOver ? 'rollover' : 'reset';
    const subject = { userId, feature, interval, periodStart, periodEnd };
    return [{ ...subject, limit, used, cause, version, at: change.at }];
  });
}

/** Creates the alert for a counter that has reached a level; such a counter has a limit. */
export function usageAlert(
  account: Account,
  feature: Feature,
  counter: Counter,
  level: UsageLevel,
  thresholds: Thresholds,
  at: number,
): UsageAlert {
  const { used, held, limit } = counter;
  const threshold = thresholdOf(level, thresholds);
  return {
    ...alertBase(account, feature, counter, level, at),
    level,
    used,
    held,
    limit: limit ?? 0,
    threshold,
  };
}

/** Creates the alert for a counter whose limit will be reached before its period ends. */
export function forecastAlert(
  account: Account,
  feature: Feature,
  counter: Counter,
  exhaustsAt: number,
  at: number,
): ForecastAlert {
  const { used, held, limit } = counter;
  const base = alertBase(account, feature, counter, 'forecast', at);
  return { ...base, level: 'forecast', used, held, limit: limit ?? 0, exhaustsAt };
}

/**
 * Creates the alert for a day whose usage is unlike the user's previous days.
 *
 * @param timeZone the time zone (IANA) in which the day begins
 */
export function anomalyAlert(
  account: Account,
  feature: Feature,
  anomaly: Anomaly,
  at: number,
  timeZone = 'UTC',
): AnomalyAlert {
  const { date } = anomaly;
  const [periodStart, periodEnd] = [startOf(date, timeZone), endOf({ from: date, to: date }, timeZone)];
  const day = { interval: 'day' as const, periodStart, periodEnd };
  return { ...alertBase(account, feature, day, 'anomaly', at), level: 'anomaly', anomaly };
}

/** Returns the levels left by a fall from one level to another, the highest first. */
export function levelsLeft(from: UsageLevel | undefined, to: UsageLevel | undefined): UsageLevel[] {
  return USAGE_LEVELS.slice(rankOf(to), rankOf(from)).reverse();
}

function alertBase(
  { userId, plan, version }: Account,
  feature: Feature,
  { interval, periodStart, periodEnd }: Pick<Counter, 'interval' | 'periodStart' | 'periodEnd'>,
  level: AlertLevel,
  raisedAt: number,
): AlertBase {
  const id = alertId([userId, feature, interval, periodStart, level, version]);
  return { id, userId, feature, interval, periodStart, periodEnd, planId: plan.id, version, raisedAt };
}

function alertId(parts: readonly (string | number)[]): string {
  return `alert_${createHash('sha256').update(JSON.stringify(parts)).digest('base64url').slice(0, 22)}`;
}

function countersOf({ counters }: Account): { feature: Feature; counter: Counter }[] {
  return [...counters].flatMap(([feature, list]) => list.map((counter) => ({ feature, counter })));
}

function isSamePeriod(one: Counter, other: Counter): boolean {
  return one.interval === other.interval && one.periodStart === other.periodStart;
}
