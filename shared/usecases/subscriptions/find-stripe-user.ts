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

/** What an event says of a subscription's place: ids that Stripe has to confirm. */
export interface StripeTarget {
  readonly customerId?: string | undefined;
  readonly subscriptionId?: string | undefined;
  /** The name that a customer had, of whose deletion this is the news. */
  readonly deletedName?: string | undefined;
}

/** Whom a target belongs to. */
export interface StripeUser extends Owner {
  /** The user to whom it belonged before, where that is another one. */
  readonly formerUserId: string | undefined;
  /** The customer, once Stripe has confirmed it: it is asked for the user's subscriptions from now on. */
  readonly customerId: string | undefined;
}

const NOBODY: StripeUser = {
  userId: undefined,
  formerUserId: undefined,
  customerId: undefined,
  isContested: false,
};

/**
 * The user that a target belongs to, by what Stripe says of it now. What this Stripe account does not have, such as an
 * object of another account's event, belongs to no user.
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
  if (!customer) return NOBODY;
  const noted = await notedUser(deps, customer.id);
  const named = customer.isDeleted
    ? { userId: noted ?? toUserId(deletedName), isContested: false }
    : ownerOf({ metadata: {}, customer }, noted);
  // Its subscriptions may have other names, and are looked at by their own events.
  return { ...NOBODY, ...named, customerId: customer.id };
}

/** Whose a customer was when it became known here. That never changes, so the cache may say it. */
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
