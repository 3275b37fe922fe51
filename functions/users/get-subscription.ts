import { readSubscription } from '../../shared/usecases/read-subscription.ts';
import { currentSubscriptionView } from '../replies/subscription-view.ts';
import { now, redisAllowance, subscriptionCache, subscriptionDeps } from '../runtime/composition.ts';
import { httpHandler } from '../runtime/http-handler.ts';
import { freshnessAsked } from '../schemas/freshness.ts';
import { getUserSubscriptionRequest } from '../schemas/user-requests.ts';

/** A user's subscription as Stripe last told it. */
export const handler = httpHandler(
  'getUserSubscription',
  getUserSubscriptionRequest,
  async ({ path: { userId }, query }) => {
    const deps = { ...subscriptionDeps(), subscriptionCache: subscriptionCache(), now };
    const read = () => readSubscription(deps, userId, freshnessAsked(query));
    const reading = await redisAllowance().spend(read);
    return { status: 200, body: currentSubscriptionView(userId, reading) };
  },
);
