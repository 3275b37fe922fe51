import type { EventPublisher, ServiceEvent } from '../../adapters/aws/event-publisher.ts';
import type { NoticePublisher } from '../../adapters/aws/notice-publisher.ts';
import type { AlertRecord, AlertStore, NotificationKind } from '../../adapters/dynamodb/alert-store.ts';
import type { EventOutbox } from '../../adapters/dynamodb/event-outbox.ts';
import { alertMessages } from './alert-messages.ts';

export interface PublishNotificationsDeps {
  readonly alerts: Pick<AlertStore, 'markPublished'>;
  readonly outbox: Pick<EventOutbox<ServiceEvent>, 'keep'>;
  readonly events: Pick<EventPublisher, 'publishAll'>;
  readonly notices: Pick<NoticePublisher, 'publishAll'>;
  readonly now: () => number;
  /** The time zone in which days of usage and reports begin (IANA). @default 'UTC' */
  readonly reportTimeZone?: string;
}

/** A notification that this run has claimed and has to publish. */
export interface PendingNotification {
  readonly record: AlertRecord;
  readonly news: NotificationKind;
}

/**
 * Publishes alerts to the event bus and the topic, and other events to the bus. Delivery is at least once: an
 * alert is marked as published only after both accepted it, and other events that were rejected are kept in
 * the outbox. The monitor retries the rest, so an outage of EventBridge or SNS is no error here.
 *
 * @returns the number of alerts and events left to the monitor
 */
export async function publishNotifications(
  deps: PublishNotificationsDeps,
  alerts: readonly PendingNotification[],
  others: readonly ServiceEvent[],
): Promise<number> {
  if (alerts.length === 0 && others.length === 0) return 0;
  const texts = alerts.map(({ record, news }) =>
    alertMessages(record.alert, record.recovery, news, deps.reportTimeZone),
  );
  const [accepted, notified] = await Promise.all([
    deps.events.publishAll([...texts.map(({ event }) => event), ...others]),
    deps.notices.publishAll(texts.map(({ notice }) => notice)),
  ]);
  const published = alerts.filter((_, index) => accepted[index] && notified[index]);
  const rejected = others.filter((_, index) => !accepted[alerts.length + index]);
  // One by one: the last notification of an alert removes it from the index.
  for (const { record, news } of published) await deps.alerts.markPublished(record, news);
  for (const event of rejected) await deps.outbox.keep(event, deps.now());
  return alerts.length - published.length + rejected.length;
}
