import { currentSubscriptionView } from '../replies/subscription-view.ts';
import { subscriptionDeps } from '../runtime/composition.ts';
import { httpHandler } from '../runtime/http-handler.ts';
import { getUserSubscriptionRequest } from '../schemas/user-requests.ts';

/** A user's subscription as Stripe last told it. */
export const handler = httpHandler('getUserSubscription', getUserSubscriptionRequest, async ({ path }) => {
  const subscription = await subscriptionDeps().subscriptions.read(path.userId);
  return { status: 200, body: currentSubscriptionView(path.userId, subscription) };
});
