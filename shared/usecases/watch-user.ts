import type { AccountStore } from '../adapters/dynamodb/account-store.ts';
import type { AlertName, AlertRecord, AlertStore } from '../adapters/dynamodb/alert-store.ts';
import type { PlanStore } from '../adapters/dynamodb/plan-store.ts';
import type { Account, Counter, Feature } from '../domain/account.ts';
import { type Alert, forecastAlert, rearmAfterMs, usageAlert } from '../domain/alert.ts';
import { forecastExhaustion } from '../domain/forecast.ts';
import {
  DEFAULT_THRESHOLDS,
  levelOf,
  rankOf,
  type Thresholds,
  USAGE_LEVELS,
  type UsageLevel,
} from '../domain/threshold.ts';
import { raiseAlert, recoverAlerts, type SettleAlertsDeps } from './settle-alerts.ts';
import type { AlertToTell } from './tell-news.ts';
import { type ActiveDay, type WatchDayDeps, watchDay } from './watch-day.ts';

export interface WatchUserDeps extends SettleAlertsDeps, WatchDayDeps {
  readonly accounts: Pick<AccountStore, 'read'>;
  readonly alerts: SettleAlertsDeps['alerts'] & Pick<AlertStore, 'readMany'>;
  readonly plans: Pick<PlanStore, 'current'>;
}

/** A counter in its open period, and what there may be to say of it. */
interface Watched {
  readonly feature: Feature;
  readonly counter: Counter;
  readonly level: UsageLevel | undefined;
  readonly exhaustsAt: number | undefined;
}

/**
 * Finds what the stream missed of one user, and what only time shows: levels reached without an alert, alerts that stand
 * although usage fell back, quotas that will not last, days unlike those before. Reads no alerts of a counter that is far
 * from its limit, and writes nothing where all is as it should be.
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
  const watched = openCounters(account, now)
    .map(({ feature, counter }): Watched => {
      const exhaustsAt = forecastExhaustion(account, counter, now);
      return { feature, counter, level: levelOf(counter, thresholds), exhaustsAt };
    })
    .filter(({ level, exhaustsAt }) => hadAlerts || level !== undefined || exhaustsAt !== undefined);
  const records = await deps.alerts.readMany(watched.flatMap((one) => namesOf(userId, one)));

  const toTell: AlertToTell[] = [];
  for (const { feature, counter, level, exhaustsAt } of watched) {
    const own = records.filter(({ alert }) => isAbout(alert, feature, counter));
    if (level !== undefined && isMissing(own, level, now)) {
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

/** The alerts that matter for a counter: of the level that it has, of those that it may have left, and the forecast's. */
function namesOf(userId: string, { feature, counter, level, exhaustsAt }: Watched): AlertName[] {
  const { interval, periodStart } = counter;
  const levels = USAGE_LEVELS.slice(Math.max(0, rankOf(level) - 1));
  return [...levels, ...(exhaustsAt === undefined ? [] : (['forecast'] as const))].map((named) => ({
    userId,
    feature,
    interval,
    periodStart,
    level: named,
  }));
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

/**
 * Whether nothing says that a level was reached: neither an alert of it that stands, or recovered and cannot be raised again
 * yet, nor one of a higher level.
 */
function isMissing(own: readonly AlertRecord[], level: UsageLevel, now: number): boolean {
  return !own.some(({ alert, recovery }) => {
    if (alert.level === 'anomaly' || alert.level === 'forecast') return false;
    if (alert.level !== level) return rankOf(alert.level) > rankOf(level);
    return !recovery || alert.raisedAt + rearmAfterMs(alert.interval) > now;
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
