import { paymentsView } from '../replies/subscription-view.ts';
import { subscriptionDeps } from '../runtime/composition.ts';
import { httpHandler } from '../runtime/http-handler.ts';
import { pageAsked } from '../schemas/page.ts';
import { getUserRecordsRequest } from '../schemas/user-requests.ts';

/** A user's payments, and those that failed, the newest first. */
export const handler = httpHandler('getUserPayments', getUserRecordsRequest, async ({ path, query }) => {
  const { limit, after } = pageAsked(query);
  const page = await subscriptionDeps().subscriptions.payments(path.userId, limit, after);
  return { status: 200, body: paymentsView(path.userId, page) };
});
