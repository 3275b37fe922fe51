import type { SubscriptionStore } from '../../adapters/dynamodb/subscription-store.ts';
import type { StripeGateway } from '../../adapters/stripe/stripe-gateway.ts';
import { nameIn } from '../../domain/subscriptions/stripe-owner.ts';
import {
  customerOf,
  type PlanSubscription,
  rankSubscriptions,
} from '../../domain/subscriptions/stripe-subscription.ts';

export interface StripeCustomerDeps {
  readonly subscriptions: Pick<SubscriptionStore, 'addCustomer'>;
  readonly stripe: Pick<StripeGateway, 'customer' | 'createCustomer'>;
}

/** A user's customers, and those of their subscriptions that buy a plan. */
export interface CustomerChoice {
  readonly customerIds: readonly string[];
  readonly subscriptions: readonly PlanSubscription[];
}

/**
 * The customer on whose pages a user is served: the one whose subscription governs; without any, the one that became known
 * last. `undefined` where all were deleted, or there was none.
 */
export async function currentCustomer(
  { stripe }: { readonly stripe: Pick<StripeGateway, 'customer'> },
  userId: string,
  { customerIds, subscriptions }: CustomerChoice,
): Promise<string | undefined> {
  const subscribed = rankSubscriptions(subscriptions).map(customerOf);
  for (const customerId of new Set([...subscribed, ...customerIds.toReversed()])) {
    const customer = await stripe.customer(customerId);
    if (!customer || customer.isDeleted) continue;
    const name = nameIn(customer.metadata);
    // Another user's customer may hold a subscription of this one; its page is shown for that alone.
    if (subscribed.includes(customerId) || name === undefined || name === userId) return customerId;
  }
  return undefined;
}

/**
 * The customer on whose pages a user subscribes, made where there is none. Calls that race send Stripe the same idempotency
 * key, so they get the same customer.
 */
export async function stripeCustomer(
  deps: StripeCustomerDeps,
  userId: string,
  choice: CustomerChoice,
): Promise<string> {
  const current = await currentCustomer(deps, userId, choice);
  if (current !== undefined) return current;
  // After a deletion the key of the deleted customer would bring it back as an answer.
  const key = `customer/${userId}/${choice.customerIds.length}`;
  const customerId = await deps.stripe.createCustomer(userId, key);
  await deps.subscriptions.addCustomer(userId, customerId);
  return customerId;
}
