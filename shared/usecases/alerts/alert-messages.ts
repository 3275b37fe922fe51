import type { ServiceEvent } from '../../adapters/aws/event-publisher.ts';
import type { Notice } from '../../adapters/aws/notice-publisher.ts';
import type { NotificationKind } from '../../adapters/dynamodb/alert-store.ts';
import { EVENTS } from '../../contract.ts';
import { isoInstant } from '../../domain/account.ts';
import type { Alert, ClosedPeriod, Recovery } from '../../domain/alert.ts';
import { percentUsed } from '../../domain/threshold.ts';

/** The messages of an alert: an event for rules, a notice for people. */
export interface PublishedAlert {
  readonly event: ServiceEvent;
  readonly notice: Notice;
}

/**
 * Builds the event and the notice of an alert that was raised or recovered. Receivers deduplicate by `id` and
 * `news`, and order by `version`: the account's version at the rise or at the fall.
 *
 * @param timeZone the time zone (IANA) in which days of usage begin
 */
export function alertMessages(
  alert: Alert,
  recovery: Recovery | undefined,
  news: NotificationKind,
  timeZone = 'UTC',
): PublishedAlert {
  const fall = recovery && news === 'recovered' ? recovery : undefined;
  const type = fall ? EVENTS.recovered : EVENT_OF[alert.level];
  const at = fall ? fall.at : alert.raisedAt;
  const version = fall ? fall.version : alert.version;
  const detail = { ...alertView(alert, recovery), version, news };
  const { level, feature, planId } = alert;
  return {
    event: { type, detail, at },
    notice: {
      subject: fall
        ? `Quota recovered: ${feature} of ${alert.userId}`
        : `Quota ${level}: ${feature} of ${alert.userId}`,
      text: `${fall ? recoveryText(alert, fall) : textOf(alert, timeZone)}\n\n${footer(alert)}`,
      attributes: { type, level, feature, planId },
      detail: { event: type, ...detail },
    },
  };
}

/** Builds the public view of an alert, for events and API responses. */
export function alertView(alert: Alert, recovery: Recovery | undefined) {
  const { id, userId, feature, interval, level, planId, version, raisedAt, periodStart, periodEnd } = alert;
  return {
    id,
    userId,
    type: feature,
    interval,
    level,
    periodStart: new Date(periodStart).toISOString(),
    periodEnd: isoInstant(periodEnd),
    planId,
    ...figuresOf(alert),
    version,
    raisedAt: new Date(raisedAt).toISOString(),
    recoveredAt: recovery ? new Date(recovery.at).toISOString() : null,
    recoveredTo: recovery?.level ?? null,
  };
}

/** Builds the event of a period that was closed or reset. */
export function resetMessage({ at, feature, periodStart, periodEnd, ...period }: ClosedPeriod): ServiceEvent {
  const detail = {
    ...period,
    type: feature,
    periodStart: new Date(periodStart).toISOString(),
    periodEnd: isoInstant(periodEnd),
  };
  return { type: EVENTS.reset, detail, at };
}

const EVENT_OF = {
  warning: EVENTS.thresholdCrossed,
  critical: EVENTS.thresholdCrossed,
  exhausted: EVENTS.exhausted,
  forecast: EVENTS.forecast,
  anomaly: EVENTS.anomalyDetected,
} as const;

function figuresOf(alert: Alert) {
  if (alert.level === 'anomaly') return { anomaly: alert.anomaly };
  const { limit, used, held } = alert;
  const figures = { limit, used, held, usedPercent: percentUsed(used, limit) };
  return alert.level === 'forecast'
    ? { ...figures, exhaustsAt: new Date(alert.exhaustsAt).toISOString() }
    : { ...figures, threshold: alert.threshold };
}

function textOf(alert: Alert, timeZone: string): string {
  const { userId, feature } = alert;
  if (alert.level === 'anomaly') {
    const { value, date, span, hour, median, days } = alert.anomaly;
    const when =
      span === 'day' ? `on ${date}` : `on ${date} from ${hour}:00 to ${Number(hour) + 1}:00 (${timeZone})`;
    const usual = span === 'day' ? 'a usual day' : "a usual day's busiest hour";
    return `${userId} used ${value} ${feature} ${when}. ${usual[0]?.toUpperCase()}${usual.slice(1)} of the last ${days} has ${median}.`;
  }
  const { used, limit, periodEnd } = alert;
  const until = isoInstant(periodEnd);
  const share = `${userId} has used ${used} of ${limit} ${feature} (${percentUsed(used, limit)} %)`;
  const period = until === null ? '' : `; the period ends ${until}`;
  return alert.level === 'forecast'
    ? `${share}. At this pace the rest is used up on ${new Date(alert.exhaustsAt).toISOString()}, before the period ends on ${until}.`
    : `${share}${period}.`;
}

function recoveryText({ userId, feature, level }: Alert, { used, limit, level: left }: Recovery): string {
  const now =
    limit === null
      ? 'there is no limit any more'
      : `${used} of ${limit} are used (${percentUsed(used, limit)} %)`;
  const rest = left === undefined ? '' : ` The level is now "${left}".`;
  return `${userId}: ${feature} is below the level "${level}" again: ${now}.${rest}`;
}

function footer({ planId, level, interval, id }: Alert): string {
  return `Plan ${planId}, level ${level}, counted by ${interval}. Alert ${id}.`;
}
