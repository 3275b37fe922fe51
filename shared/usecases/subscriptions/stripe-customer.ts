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

/** A user's customers, and subscriptions that buy a plan. */
export interface CustomerChoice {
  readonly customerIds: readonly string[];
  readonly subscriptions: readonly PlanSubscription[];
}

/**
 * Returns the customer for a user's Stripe pages: the one of the governing subscription, otherwise the one
 * that became known last. `undefined` if all were deleted, or there was none.
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
    // Another user's customer may have a subscription of this user; only then is its page shown.
    if (subscribed.includes(customerId) || name === undefined || name === userId) return customerId;
  }
  return undefined;
}

/**
 * Returns the customer for a user's checkout, creating one if there is none. Concurrent calls send Stripe the
 * same idempotency key, so they get the same customer.
 */
export async function stripeCustomer(
  deps: StripeCustomerDeps,
  userId: string,
  choice: CustomerChoice,
): Promise<string> {
  const current = await currentCustomer(deps, userId, choice);
  if (current !== undefined) return current;
  // Counts customers: after a deletion, the former key would return the deleted customer.
  const key = `customer/${userId}/${choice.customerIds.length}`;
  const customerId = await deps.stripe.createCustomer(userId, key);
  await deps.subscriptions.addCustomer(userId, customerId);
  return customerId;
}
