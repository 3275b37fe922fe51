import type { AlertRecord, AlertStore } from '../../adapters/dynamodb/alert-store.ts';
import type { PageRequest, RecordPage } from '../../adapters/dynamodb/record-page.ts';

export type AlertPage = RecordPage<AlertRecord>;

export interface ListAlertsDeps {
  readonly alerts: Pick<AlertStore, 'list'>;
}

/** Returns a page of a user's alerts, newest periods first. */
export async function listAlerts(
  { alerts }: ListAlertsDeps,
  userId: string,
  { limit, after }: PageRequest,
): Promise<AlertPage> {
  return alerts.list(userId, limit, after);
}
