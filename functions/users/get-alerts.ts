import { alertsView } from '../replies/alerts-view.ts';
import { httpHandler } from '../runtime/http-handler.ts';
import { alertStore } from '../runtime/news-composition.ts';
import { pageAsked } from '../schemas/page.ts';
import { getUserRecordsRequest } from '../schemas/user-requests.ts';

/** A user's alerts, those of the newest periods first. */
export const handler = httpHandler('getUserAlerts', getUserRecordsRequest, async ({ path, query }) => {
  const { limit, after } = pageAsked(query);
  const page = await alertStore().list(path.userId, limit, after);
  return { status: 200, body: alertsView(path.userId, page) };
});
