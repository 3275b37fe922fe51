import type { VersionedCache } from '../../adapters/cache/versioned-cache.ts';
import type { SubscriptionStore } from '../../adapters/dynamodb/subscription-store.ts';
import type { StripeGateway } from '../../adapters/stripe/stripe-gateway.ts';
import { type Owner, ownerOf, toUserId } from '../../domain/subscriptions/stripe-owner.ts';
import { customerOf } from '../../domain/subscriptions/stripe-subscription.ts';

export interface FindStripeUserDeps {
  readonly subscriptions: Pick<SubscriptionStore, 'userOf'>;
  readonly stripe: Pick<StripeGateway, 'subscription' | 'customer'>;
  readonly customerCache: Pick<VersionedCache<string>, 'readExisting'>;
  readonly now: () => number;
}

/** The ids in an event, which Stripe has to confirm. */
export interface StripeTarget {
  readonly customerId?: string | undefined;
  readonly subscriptionId?: string | undefined;
  /** The user named by the deleted customer of the event. */
  readonly deletedName?: string | undefined;
}

/** The owner of a target. */
export interface StripeUser extends Owner {
  /** The previous owner, if that is another user. */
  readonly formerUserId: string | undefined;
  /** The confirmed customer, whose subscriptions are fetched for the user from now on. */
  readonly customerId: string | undefined;
}

const NO_OWNER: StripeUser = {
  userId: undefined,
  formerUserId: undefined,
  customerId: undefined,
  isContested: false,
};

/**
 * Finds the owner of a target from Stripe's current objects. An object that this Stripe account does not
 * have, such as one of another account's event, has no owner.
 */
export async function findStripeUser(deps: FindStripeUserDeps, target: StripeTarget): Promise<StripeUser> {
  const { subscriptionId } = target;
  const subscription = subscriptionId && (await deps.stripe.subscription(subscriptionId));
  if (!subscription) return findByCustomer(deps, target);
  const customerId = customerOf(subscription);
  const noted = (await deps.subscriptions.userOf(subscription.id)) ?? (await notedUser(deps, customerId));
  const owner = ownerOf(subscription, noted);
  return { ...owner, formerUserId: noted === owner.userId ? undefined : noted, customerId };
}

async function findByCustomer(
  deps: FindStripeUserDeps,
  { customerId, deletedName }: StripeTarget,
): Promise<StripeUser> {
  const customer = customerId === undefined ? undefined : await deps.stripe.customer(customerId);
  if (!customer) return NO_OWNER;
  const noted = await notedUser(deps, customer.id);
  const named = customer.isDeleted
    ? { userId: noted ?? toUserId(deletedName), isContested: false }
    : ownerOf({ metadata: {}, customer }, noted);
  // Its subscriptions may name other users; their own events converge them.
  return { ...NO_OWNER, ...named, customerId: customer.id };
}

/** The user noted when the customer became known here. It never changes, so it may come from the cache. */
async function notedUser(
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
