import type { EventPublisher, ServiceEvent } from '../../adapters/aws/event-publisher.ts';
import type { NoticePublisher } from '../../adapters/aws/notice-publisher.ts';
import type { AlertRecord, AlertStore, NotificationKind } from '../../adapters/dynamodb/alert-store.ts';
import type { EventOutbox } from '../../adapters/dynamodb/event-outbox.ts';
import { alertMessages } from './alert-messages.ts';

export interface PublishNotificationsDeps {
  readonly alerts: Pick<AlertStore, 'markTold'>;
  readonly outbox: Pick<EventOutbox<ServiceEvent>, 'keep'>;
  readonly events: Pick<EventPublisher, 'publishAll'>;
  readonly notices: Pick<NoticePublisher, 'publishAll'>;
  readonly now: () => number;
  /** In which days of usage and reports begin (IANA). @default 'UTC' */
  readonly reportTimeZone?: string;
}

/** Something about an alert that this run is to tell. */
export interface PendingNotification {
  readonly record: AlertRecord;
  readonly news: NotificationKind;
}

/**
 * Tells of alerts on the event bus and to the topic, and of other events on the bus. An alert is marked only when both have
 * taken it; other events that were not taken are kept. So what is not told now is found by the monitor, and nothing
 * here fails because EventBridge or SNS is away.
 *
 * @returns how many were not told
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
  const [heard, noticed] = await Promise.all([
    deps.events.publishAll([...texts.map(({ event }) => event), ...others]),
    deps.notices.publishAll(texts.map(({ notice }) => notice)),
  ]);
  const told = alerts.filter((_, index) => heard[index] && noticed[index]);
  const unheard = others.filter((_, index) => !heard[alerts.length + index]);
  // One by one: what is told last of an alert takes it out of the index.
  for (const { record, news } of told) await deps.alerts.markTold(record, news);
  for (const event of unheard) await deps.outbox.keep(event, deps.now());
  return alerts.length - told.length + unheard.length;
}
