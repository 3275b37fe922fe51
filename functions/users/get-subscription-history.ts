import { historyView } from '../replies/subscription-view.ts';
import { subscriptionDeps } from '../runtime/composition.ts';
import { httpHandler } from '../runtime/http-handler.ts';
import { pageAsked } from '../schemas/page.ts';
import { getUserRecordsRequest } from '../schemas/user-requests.ts';

/** What a user's subscription became, the newest first. */
export const handler = httpHandler(
  'getSubscriptionHistory',
  getUserRecordsRequest,
  async ({ path, query }) => {
    const { limit, after } = pageAsked(query);
    const page = await subscriptionDeps().subscriptions.history(path.userId, limit, after);
    return { status: 200, body: historyView(path.userId, page) };
  },
);
