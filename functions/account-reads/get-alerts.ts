import { httpHandler } from '../http/handler.ts';
import { pageAsked } from '../http/requests/page.ts';
import { getUserRecordsRequest } from '../http/requests/user-requests.ts';
import { alertsView } from '../http/responses/alerts-view.ts';
import { alertStore } from '../runtime/composition/notifications.ts';

/** A user's alerts, those of the newest periods first. */
export const handler = httpHandler('getUserAlerts', getUserRecordsRequest, async ({ path, query }) => {
  const { limit, after } = pageAsked(query);
  const page = await alertStore().list(path.userId, limit, after);
  return { status: 200, body: alertsView(path.userId, page) };
});
