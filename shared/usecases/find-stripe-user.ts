import type { VersionedCache } from '../adapters/cache/versioned-cache.ts';
import type { SubscriptionStore } from '../adapters/dynamodb/subscription-store.ts';
import type { StripeGateway } from '../adapters/stripe/stripe-gateway.ts';
import { Unavailable } from '../domain/faults.ts';
import { USER_METADATA_KEY } from '../domain/stripe-event.ts';
import { customerOf } from '../domain/stripe-subscription.ts';

export interface FindStripeUserDeps {
  readonly subscriptions: Pick<SubscriptionStore, 'userOf' | 'customersOf' | 'addCustomer'>;
  readonly stripe: Pick<StripeGateway, 'subscription' | 'customer'>;
  readonly customerCache: Pick<VersionedCache<string>, 'readExisting' | 'put'>;
  readonly now: () => number;
}

/** Whose subscription is meant: by any of its names. */
export interface SubscriptionTarget {
  readonly userId?: string | undefined;
  readonly customerId?: string | undefined;
  readonly subscriptionId?: string | undefined;
}

/** Others who note the same user's customers at the same moment: more than this many in a row is no accident. */
const MAX_TRIES = 5;

/**
 * The user that is meant, whose customer is noted as theirs. `undefined` for one of Stripe's customers that nobody here
 * is: neither known from before, nor named by its own metadata, its subscription's, or who asks.
 */
export async function findStripeUser(
  deps: FindStripeUserDeps,
  target: SubscriptionTarget,
): Promise<string | undefined> {
  const { subscriptionId } = target;
  if (target.customerId === undefined && subscriptionId === undefined) return target.userId;
  const subscription =
    target.customerId === undefined && subscriptionId !== undefined
      ? await deps.stripe.subscription(subscriptionId)
      : undefined;
  const customerId = target.customerId ?? (subscription && customerOf(subscription));
  const known =
    (customerId && (await knownUser(deps, customerId))) ??
    (subscriptionId && (await deps.subscriptions.userOf(subscriptionId)));
  const userId =
    known ||
    (target.userId ??
      subscription?.metadata[USER_METADATA_KEY] ??
      (customerId && (await deps.stripe.customer(customerId))?.userId) ??
      (await namedBySubscription(deps, subscriptionId)));
  if (!userId) return undefined;
  if (customerId !== undefined) await noteCustomer(deps, userId, customerId);
  return userId;
}

/** Whose a customer is, as far as is known here: it never becomes anybody else's, so the cache may say it. */
async function knownUser(
  { subscriptions, customerCache, now }: FindStripeUserDeps,
  customerId: string,
): Promise<string | undefined> {
  const { value } = await customerCache.readExisting(customerId, async () => {
    const asOf = now();
    const userId = await subscriptions.userOf(customerId);
    return { value: userId, version: userId === undefined ? 0 : 1, asOf };
  });
  return value;
}

async function namedBySubscription(
  { stripe }: FindStripeUserDeps,
  subscriptionId: string | undefined,
): Promise<string | undefined> {
  if (subscriptionId === undefined) return undefined;
  return (await stripe.subscription(subscriptionId))?.metadata[USER_METADATA_KEY];
}

async function noteCustomer(
  { subscriptions, customerCache, now }: FindStripeUserDeps,
  userId: string,
  customerId: string,
): Promise<void> {
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    const known = await subscriptions.customersOf(userId);
    if (known.includes(customerId)) return;
    if (await subscriptions.addCustomer(userId, customerId, known)) {
      await customerCache.put(customerId, { value: userId, version: 1, asOf: now() });
      return;
    }
  }
  throw new Unavailable("others keep noting the same user's customers");
}
