import { readSubscription } from '../../shared/usecases/subscriptions/read-subscription.ts';
import { freshnessAsked } from '../http/requests/freshness.ts';
import { getUserSubscriptionRequest } from '../http/requests/user-requests.ts';
import { currentSubscriptionView } from '../http/responses/subscription-view.ts';
import { httpRoute } from '../http/route.ts';
import { readSubscriptionDeps, redisTimeBudget } from '../runtime/composition/caches.ts';

/** Returns a user's subscription as last fetched from Stripe. */
export const route = httpRoute(
  'getUserSubscription',
  getUserSubscriptionRequest,
  async ({ path: { userId }, query }) => {
    const read = () => readSubscription(readSubscriptionDeps(), userId, freshnessAsked(query));
    const reading = await redisTimeBudget().spend(read);
    return { status: 200, body: currentSubscriptionView(userId, reading) };
  },
);
