import { alertView } from '../../../shared/usecases/alerts/alert-messages.ts';
import type { AlertPage } from '../../../shared/usecases/alerts/list-alerts.ts';
import { cursorOf } from '../requests/page.ts';

/** A page of a user's alerts on the wire: each as in its event. */
export function alertsView(userId: string, { items, next }: AlertPage) {
  return {
    userId,
    alerts: items.map(({ alert, recovery }) => alertView(alert, recovery)),
    nextCursor: cursorOf(next),
  };
}
