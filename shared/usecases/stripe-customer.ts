import type { SubscriptionStore } from '../adapters/dynamodb/subscription-store.ts';
import type { StripeGateway } from '../adapters/stripe/stripe-gateway.ts';
import { Unavailable } from '../domain/faults.ts';

export interface StripeCustomerDeps {
  readonly subscriptions: Pick<SubscriptionStore, 'read' | 'customersOf' | 'addCustomer'>;
  readonly stripe: Pick<StripeGateway, 'customer' | 'createCustomer'>;
}

/** Each round somebody else made a customer of the same user: more than this many in a row is no accident. */
const MAX_ROUNDS = 5;

/** The customer that a user is at Stripe; `undefined` for one that was deleted, or never was. */
export async function currentCustomer(
  { subscriptions, stripe }: StripeCustomerDeps,
  userId: string,
): Promise<string | undefined> {
  const customerIds = await subscriptions.customersOf(userId);
  // A subscription that was made by hand at Stripe brings its own customer.
  const customerId = customerIds.at(-1) ?? (await subscriptions.read(userId))?.customerId;
  const customer = customerId === undefined ? undefined : await stripe.customer(customerId);
  return customer?.isDeleted === false ? customer.id : undefined;
}

/**
 * The customer that a user is at Stripe, made where there is none. Calls that race send Stripe the same idempotency key,
 * so they get the same customer, and one of them notes it.
 */
export async function stripeCustomer(deps: StripeCustomerDeps, userId: string): Promise<string> {
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const known = await deps.subscriptions.customersOf(userId);
    const current = await currentCustomer(deps, userId);
    if (current !== undefined) return current;
    // After a deletion the key of the deleted customer would bring it back as an answer.
    const customerId = await deps.stripe.createCustomer(userId, `customer/${userId}/${known.length}`);
    if (await deps.subscriptions.addCustomer(userId, customerId, known)) return customerId;
  }
  throw new Unavailable("others keep making the same user's customer");
}
