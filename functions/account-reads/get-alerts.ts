import { listAlerts } from '../../shared/usecases/alerts/list-alerts.ts';
import { pageAsked } from '../http/requests/page.ts';
import { getUserRecordsRequest } from '../http/requests/user-requests.ts';
import { alertsView } from '../http/responses/alerts-view.ts';
import { httpRoute } from '../http/route.ts';
import { alertDeps } from '../runtime/composition/notifications.ts';

/** Returns a page of a user's alerts, newest period first. */
export const route = httpRoute('getUserAlerts', getUserRecordsRequest, async ({ path, query }) => {
  const page = await listAlerts(alertDeps(), path.userId, pageAsked(query));
  return { status: 200, body: alertsView(path.userId, page) };
});
