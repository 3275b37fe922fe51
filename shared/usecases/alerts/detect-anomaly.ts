import type { UsageStore } from '../../adapters/dynamodb/usage-store.ts';
import type { Account, Feature } from '../../domain/account.ts';
import { anomalyAlert } from '../../domain/alert.ts';
import { ANOMALY_RULES, findAnomaly } from '../../domain/anomaly.ts';
import { addDays, dateOf, hourOf } from '../../domain/date-range.ts';
import { type AlertTransitionDeps, raiseAlert } from './alert-transitions.ts';
import type { PendingNotification } from './publish-notifications.ts';

export interface DetectAnomalyDeps extends AlertTransitionDeps {
  readonly usage: Pick<UsageStore, 'days'>;
  /** The time zone in which days of usage and reports begin (IANA). @default 'UTC' */
  readonly reportTimeZone?: string;
}

/** A user's usage of a feature on a day, so far or in all. */
export interface ActiveDay {
  readonly feature: Feature;
  /** `2026-11-22` */
  readonly date: string;
  readonly used: number;
}

const HOUR_MS = 3_600_000;

/** Raises an alert if a day, or its last full hour, is anomalous. Reads nothing below `leastUnits`. */
export async function detectAnomaly(
  deps: DetectAnomalyDeps,
  account: Account,
  { feature, date, used }: ActiveDay,
): Promise<PendingNotification[]> {
  if (used < ANOMALY_RULES.leastUnits) return [];
  const now = deps.now();
  const from = addDays(date, -ANOMALY_RULES.mostDays);
  const days = await deps.usage.days(account.userId, feature, from, date);
  const day = days.find((one) => one.date === date);
  if (!day) return [];
  const before = now - HOUR_MS;
  const { reportTimeZone: zone } = deps;
  const lastFullHour = dateOf(before, zone) === date ? hourOf(before, zone) : undefined;
  const anomaly = findAnomaly(day, days, lastFullHour);
  return anomaly ? raiseAlert(deps, anomalyAlert(account, feature, anomaly, now, zone)) : [];
}
