import type { AccountStore } from '../../adapters/dynamodb/account-store.ts';
import type { AlertName, AlertRecord, AlertStore } from '../../adapters/dynamodb/alert-store.ts';
import type { PlanStore } from '../../adapters/dynamodb/plan-store.ts';
import type { Account, Counter, Feature } from '../../domain/account.ts';
import { type Alert, forecastAlert, usageAlert } from '../../domain/alert.ts';
import { forecastExhaustion } from '../../domain/forecast.ts';
import {
  DEFAULT_THRESHOLDS,
  levelOf,
  rankOf,
  USAGE_LEVELS,
  type UsageLevel,
} from '../../domain/threshold.ts';
import { type AlertTransitionDeps, fallTo, raiseAlert } from './alert-transitions.ts';
import { type ActiveDay, type DetectAnomalyDeps, detectAnomaly } from './detect-anomaly.ts';
import type { PendingNotification } from './publish-notifications.ts';

export interface MonitorUserDeps extends AlertTransitionDeps, DetectAnomalyDeps {
  readonly accounts: Pick<AccountStore, 'read'>;
  readonly alerts: AlertTransitionDeps['alerts'] & Pick<AlertStore, 'readMany'>;
  readonly plans: Pick<PlanStore, 'current'>;
}

/** A counter in its open period, with its level and forecast. */
interface Watched {
  readonly feature: Feature;
  readonly counter: Counter;
  readonly level: UsageLevel | undefined;
  readonly exhaustsAt: number | undefined;
}

/**
 * Finds a user's changes that the stream missed, and conditions that only time shows: levels that the newest
 * notification does not name, active alerts above the counter's level, forecasts of exhaustion, anomalous
 * days. Reads no alerts of a counter far from its limit, and writes nothing if alerts and counters agree.
 *
 * @param hadAlerts whether to read the alerts of every counter
 * @returns the notifications to publish
 */
export async function monitorUser(
  deps: MonitorUserDeps,
  userId: string,
  days: readonly ActiveDay[],
  hadAlerts: boolean,
): Promise<PendingNotification[]> {
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

  const pending: PendingNotification[] = [];
  for (const { feature, counter, level, exhaustsAt } of watched) {
    const own = records.filter(({ alert }) => isAbout(alert, feature, counter));
    const left = activeAbove(own, level);
    if (left.length > 0) {
      const of = { account, feature, counter, thresholds, at: now };
      pending.push(...(await fallTo(deps, { ...of, level }, left)));
    } else if (level !== undefined && rankOf(notifiedLevel(own)) < rankOf(level)) {
      pending.push(
        ...(await raiseAlert(deps, usageAlert(account, feature, counter, level, thresholds, now))),
      );
    }
    if (exhaustsAt !== undefined && own.every(({ alert }) => alert.level !== 'forecast')) {
      pending.push(...(await raiseAlert(deps, forecastAlert(account, feature, counter, exhaustsAt, now))));
    }
  }
  for (const day of days) pending.push(...(await detectAnomaly(deps, account, day)));
  return pending;
}

/**
 * The relevant alerts of a counter: of its level, of higher levels that it may have left, and of its
 * forecast.
 */
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

/** The levels above a counter's own whose alerts are active, the highest first. */
function activeAbove(own: readonly AlertRecord[], level: UsageLevel | undefined): UsageLevel[] {
  const isActive = (one: UsageLevel) => own.some(({ alert, recovery }) => alert.level === one && !recovery);
  return USAGE_LEVELS.slice(rankOf(level)).filter(isActive).reverse();
}

/**
 * The level that the newest notification about a counter names: the one raised, or the one left after a
 * recovery.
 */
function notifiedLevel(own: readonly AlertRecord[]): UsageLevel | undefined {
  const levels = own.flatMap(({ alert, recovery }) => {
    if (alert.level === 'anomaly' || alert.level === 'forecast') return [];
    return [recovery ?? { version: alert.version, level: alert.level }];
  });
  return levels.sort((a, b) => a.version - b.version || rankOf(a.level) - rankOf(b.level)).at(-1)?.level;
}

function isAbout(alert: Alert, feature: Feature, { interval, periodStart }: Counter): boolean {
  return alert.feature === feature && alert.interval === interval && alert.periodStart === periodStart;
}

/** Counters in an open period, of features that the plan grants. */
function openCounters({ counters }: Account, now: number): { feature: Feature; counter: Counter }[] {
  return [...counters].flatMap(([feature, list]) =>
    list
      .filter(({ limit, periodEnd }) => limit !== 0 && periodEnd > now)
      .map((counter) => ({ feature, counter })),
  );
}
