import type { ServiceEvent } from '../../shared/adapters/aws/event-publisher.ts';
import type { Notice } from '../../shared/adapters/aws/notice-publisher.ts';
import { AlertStore } from '../../shared/adapters/dynamodb/alert-store.ts';
import type { Table } from '../../shared/adapters/dynamodb/dynamodb.ts';
import { EventOutbox } from '../../shared/adapters/dynamodb/event-outbox.ts';
import type { PublishNotificationsDeps } from '../../shared/usecases/alerts/publish-notifications.ts';

/** The events and messages that the service published. */
export interface Published {
  readonly events: ServiceEvent[];
  readonly notices: Notice[];
}

export const nothingPublished = (): Published => ({ events: [], notices: [] });

/** Alerts in the table, published to a list; while `accepts` returns false, every publish fails. */
export function notificationDeps(table: Table, published: Published, accepts: () => boolean = () => true) {
  const append = <T>(list: T[]) => ({
    publishAll: async (items: readonly T[]) => items.map((item) => accepts() && list.push(item) > 0),
  });
  return {
    alerts: new AlertStore(table),
    outbox: new EventOutbox<ServiceEvent>(table),
    events: append(published.events),
    notices: append(published.notices),
  } satisfies Partial<PublishNotificationsDeps>;
}
