import type { PlanStore } from '../../adapters/dynamodb/plan-store.ts';
import type { SubscriptionStore } from '../../adapters/dynamodb/subscription-store.ts';
import type { StripeGateway } from '../../adapters/stripe/stripe-gateway.ts';

export interface ExpireCheckoutsDeps {
  readonly subscriptions: Pick<SubscriptionStore, 'customersOf'>;
  readonly plans: Pick<PlanStore, 'planOfPrices'>;
  readonly stripe: Pick<StripeGateway, 'openCheckouts' | 'expireCheckout'>;
}

/**
 * Expires a subscribed user's open checkout pages that sell a plan: each, once paid, would be a further
 * subscription. Pages that sell something else stay open.
 *
 * @returns the number of expired pages
 */
export async function expireCheckouts(
  { subscriptions, plans, stripe }: ExpireCheckoutsDeps,
  userId: string,
): Promise<number> {
  let ended = 0;
  for (const customerId of await subscriptions.customersOf(userId)) {
    const open = await stripe.openCheckouts(customerId);
    const planOfPrice = await plans.planOfPrices([...new Set(open.flatMap(({ priceIds }) => priceIds))]);
    for (const { id, priceIds } of open) {
      if (!priceIds.some((priceId) => planOfPrice.has(priceId))) continue;
      if (await stripe.expireCheckout(id)) ended += 1;
    }
  }
  return ended;
}
