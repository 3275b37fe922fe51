import type { AlertRecord } from '../../../shared/adapters/dynamodb/alert-store.ts';
import type { RecordPage } from '../../../shared/adapters/dynamodb/record-page.ts';
import { alertView } from '../../../shared/usecases/alerts/alert-messages.ts';
import { cursorOf } from '../requests/page.ts';

/** A page of a user's alerts on the wire: each as in its event. */
export function alertsView(userId: string, { items, next }: RecordPage<AlertRecord>) {
  return {
    userId,
    alerts: items.map(({ alert, recovery }) => alertView(alert, recovery)),
    nextCursor: cursorOf(next),
  };
}
