import type { ServiceEvent } from '../../shared/adapters/aws/event-publisher.ts';
import type { Notice } from '../../shared/adapters/aws/notice-publisher.ts';
import { AlertStore } from '../../shared/adapters/dynamodb/alert-store.ts';
import type { Table } from '../../shared/adapters/dynamodb/dynamodb.ts';
import { EventOutbox } from '../../shared/adapters/dynamodb/event-outbox.ts';
import type { PublishNotificationsDeps } from '../../shared/usecases/alerts/publish-notifications.ts';

/** What the service told others. */
export interface Told {
  readonly events: ServiceEvent[];
  readonly notices: Notice[];
}

export const nothingTold = (): Told => ({ events: [], notices: [] });

/** Alerts in the table, told to a list; while nobody listens, nothing is taken. */
export function notificationDeps(table: Table, told: Told, isListening: () => boolean = () => true) {
  const take = <T>(list: T[]) => ({
    publishAll: async (items: readonly T[]) => items.map((item) => isListening() && list.push(item) > 0),
  });
  return {
    alerts: new AlertStore(table),
    outbox: new EventOutbox<ServiceEvent>(table),
    events: take(told.events),
    notices: take(told.notices),
  } satisfies Partial<PublishNotificationsDeps>;
}
