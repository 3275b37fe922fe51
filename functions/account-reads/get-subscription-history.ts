import { listSubscriptionHistory } from '../../shared/usecases/subscriptions/list-subscription-history.ts';
import { pageAsked } from '../http/requests/page.ts';
import { getUserRecordsRequest } from '../http/requests/user-requests.ts';
import { historyView } from '../http/responses/subscription-view.ts';
import { httpRoute } from '../http/route.ts';
import { subscriptionDeps } from '../runtime/composition/core.ts';

/** Returns a page of the states of a user's subscription, newest first. */
export const route = httpRoute('getSubscriptionHistory', getUserRecordsRequest, async ({ path, query }) => {
  const page = await listSubscriptionHistory(subscriptionDeps(), path.userId, pageAsked(query));
  return { status: 200, body: historyView(path.userId, page) };
});
