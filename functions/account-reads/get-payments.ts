import { listPayments } from '../../shared/usecases/subscriptions/list-payments.ts';
import { pageAsked } from '../http/requests/page.ts';
import { getUserRecordsRequest } from '../http/requests/user-requests.ts';
import { paymentsView } from '../http/responses/subscription-view.ts';
import { httpRoute } from '../http/route.ts';
import { subscriptionDeps } from '../runtime/composition/core.ts';

/** Returns a page of a user's payments, failed ones too, newest first. */
export const route = httpRoute('getUserPayments', getUserRecordsRequest, async ({ path, query }) => {
  const page = await listPayments(subscriptionDeps(), path.userId, pageAsked(query));
  return { status: 200, body: paymentsView(path.userId, page) };
});
