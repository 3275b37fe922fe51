import type { AccountStore } from '../adapters/dynamodb/account-store.ts';
import type { AlertRecord, AlertStore } from '../adapters/dynamodb/alert-store.ts';
import type { PlanStore } from '../adapters/dynamodb/plan-store.ts';
import type { UsageStore } from '../adapters/dynamodb/usage-store.ts';
import type { Account, Counter, Feature } from '../domain/account.ts';
import { type Alert, anomalyAlert, forecastAlert, usageAlert } from '../domain/alert.ts';
import { ANOMALY_RULES, findAnomaly } from '../domain/anomaly.ts';
import { forecastExhaustion } from '../domain/forecast.ts';
import { DEFAULT_THRESHOLDS, levelOf, rankOf, type Thresholds, USAGE_LEVELS } from '../domain/threshold.ts';
import { raiseAlert, recoverAlerts, type SettleAlertsDeps } from './settle-alerts.ts';
import type { AlertToTell } from './tell-news.ts';

export interface WatchUserDeps extends SettleAlertsDeps {
  readonly accounts: Pick<AccountStore, 'read'>;
  readonly alerts: SettleAlertsDeps['alerts'] & Pick<AlertStore, 'list'>;
  readonly plans: Pick<PlanStore, 'current'>;
  readonly usage: Pick<UsageStore, 'days'>;
}

/** What a user used of a feature on a day, so far or in all. */
export interface ActiveDay {
  readonly feature: Feature;
  /** `2026-11-22`, UTC. */
  readonly date: string;
  readonly used: number;
}

/** A user has few alerts in the periods that are open. */
const LOOKED_AT = 100;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/**
 * Finds what the stream missed of one user, and what only time shows: levels reached without an alert, alerts that stand
 * although usage fell back, quotas that will not last, days unlike those before. Reads no alerts and writes nothing where an
 * account is far from its limits.
 *
 * @param hadAlerts whether alerts are to be looked at in any case
 * @returns what is to be told
 */
export async function watchUser(
  deps: WatchUserDeps,
  userId: string,
  days: readonly ActiveDay[],
  hadAlerts: boolean,
): Promise<AlertToTell[]> {
  const account = await deps.accounts.read(userId, { consistent: false });
  if (!account) return [];
  const thresholds = (await deps.plans.current(account.plan.id))?.thresholds ?? DEFAULT_THRESHOLDS;
  const now = deps.now();
  const counters = openCounters(account, now).map((open) => ({
    ...open,
    level: levelOf(open.counter, thresholds),
    exhaustsAt: forecastExhaustion(account, open.counter, now),
  }));
  const isNear = counters.some(({ level, exhaustsAt }) => level !== undefined || exhaustsAt !== undefined);
  const records = isNear || hadAlerts ? (await deps.alerts.list(userId, LOOKED_AT)).items : [];

  const toTell: AlertToTell[] = [];
  for (const { feature, counter, level, exhaustsAt } of counters) {
    const own = records.filter(({ alert }) => isAbout(alert, feature, counter));
    if (level !== undefined && isMissing(own, level)) {
      toTell.push(...(await raiseAlert(deps, usageAlert(account, feature, counter, level, thresholds, now))));
    }
    toTell.push(...(await recoverLeft(deps, account, feature, counter, own, thresholds)));
    if (exhaustsAt !== undefined && own.every(({ alert }) => alert.level !== 'forecast')) {
      toTell.push(...(await raiseAlert(deps, forecastAlert(account, feature, counter, exhaustsAt, now))));
    }
  }
  for (const day of days) toTell.push(...(await watchDay(deps, account, day)));
  return toTell;
}

/** Takes back the alerts of levels that the counter is below. */
function recoverLeft(
  deps: WatchUserDeps,
  { userId, version }: Account,
  feature: Feature,
  counter: Counter,
  own: readonly AlertRecord[],
  thresholds: Thresholds,
): Promise<AlertToTell[]> {
  const { interval, periodStart, used, held, limit } = counter;
  const rank = rankOf(levelOf(counter, thresholds));
  const left = USAGE_LEVELS.slice(rank).filter((level) =>
    own.some(({ alert, recovery }) => alert.level === level && !recovery),
  );
  const recovery = { used, held, limit, version, at: deps.now() };
  return recoverAlerts(deps, { userId, feature, interval, periodStart }, left.reverse(), recovery);
}

/** Compares a day with those before, if what was used could matter. */
async function watchDay(
  deps: WatchUserDeps,
  account: Account,
  { feature, date, used }: ActiveDay,
): Promise<AlertToTell[]> {
  if (used < ANOMALY_RULES.leastUnits) return [];
  const now = deps.now();
  const from = dateOf(Date.parse(date) - ANOMALY_RULES.mostDays * DAY_MS);
  const days = await deps.usage.days(account.userId, feature, from, date);
  const day = days.find((one) => one.date === date);
  if (!day) return [];
  const before = new Date(now - HOUR_MS);
  const lastFullHour = dateOf(before.getTime()) === date ? before.getUTCHours() : undefined;
  const anomaly = findAnomaly(day, days, lastFullHour);
  return anomaly ? raiseAlert(deps, anomalyAlert(account, feature, anomaly, now)) : [];
}

/** Whether nothing says that a level was reached: neither an alert of it that stands, nor one of a higher level. */
function isMissing(own: readonly AlertRecord[], level: (typeof USAGE_LEVELS)[number]): boolean {
  return !own.some(({ alert, recovery }) => {
    if (alert.level === 'anomaly' || alert.level === 'forecast') return false;
    return alert.level === level ? !recovery : rankOf(alert.level) > rankOf(level);
  });
}

function isAbout(alert: Alert, feature: Feature, { interval, periodStart }: Counter): boolean {
  return alert.feature === feature && alert.interval === interval && alert.periodStart === periodStart;
}

/** Counters whose period goes on, of features that the plan grants. */
function openCounters({ counters }: Account, now: number): { feature: Feature; counter: Counter }[] {
  return [...counters].flatMap(([feature, list]) =>
    list
      .filter(({ limit, periodEnd }) => limit !== 0 && periodEnd > now)
      .map((counter) => ({ feature, counter })),
  );
}

function dateOf(epochMs: number): string {
  return new Date(epochMs).toISOString().slice(0, 10);
}
