import type { PlanStore } from '../../adapters/dynamodb/plan-store.ts';
import type { SubscriptionStore } from '../../adapters/dynamodb/subscription-store.ts';
import type { StripeGateway } from '../../adapters/stripe/stripe-gateway.ts';
import { nameIn, ownerOf } from '../../domain/subscriptions/stripe-owner.ts';
import {
  customerOf,
  invoicedPricesOf,
  type PlanSubscription,
  planSubscriptions,
  type StripeSubscription,
} from '../../domain/subscriptions/stripe-subscription.ts';

export interface UserSubscriptionsDeps {
  readonly subscriptions: Pick<SubscriptionStore, 'customersOf' | 'usersOf'>;
  readonly stripe: Pick<StripeGateway, 'subscription' | 'subscriptionsOf'>;
}

/** The local knowledge of a user before Stripe is asked. */
export interface KnownSubscription {
  /** The customer and the id of the saved subscription. */
  readonly local?: { readonly customerId: string; readonly subscriptionId: string } | undefined;
  /** A subscription that may not be in a list yet. */
  readonly subscriptionId?: string | undefined;
}

export interface UserAtStripe {
  /** All of a user's subscriptions, ended ones included, with any price. */
  readonly subscriptions: readonly StripeSubscription[];
  /** The customers queried, in the order in which they became known; deleted ones included. */
  readonly customerIds: readonly string[];
}

/**
 * Fetches a user's subscriptions from Stripe, of all of the user's customers, without those that name another
 * user.
 */
export async function askForUser(
  deps: UserSubscriptionsDeps,
  userId: string,
  { local, subscriptionId }: KnownSubscription,
): Promise<UserAtStripe> {
  const known = await deps.subscriptions.customersOf(userId);
  const customerIds = [...new Set([...known, ...(local ? [local.customerId] : [])])];
  const list: StripeSubscription[] = [];
  for (const customerId of customerIds) list.push(...(await deps.stripe.subscriptionsOf(customerId)));
  // A deleted customer's subscriptions are no longer listed, and the newest one may not be listed yet.
  for (const id of new Set([local?.subscriptionId, subscriptionId])) {
    if (id === undefined || list.some((listed) => listed.id === id)) continue;
    const found = await deps.stripe.subscription(id);
    if (found) list.push(found);
  }
  const noted = await notedUsers(deps, list);
  const subscriptions = list.filter(
    (subscription) => ownerOf(subscription, noted.get(subscription.id)).userId === userId,
  );
  return { subscriptions, customerIds };
}

/** Like `askForUser`, with only the subscriptions that buy a plan. */
export async function askForPlans(
  deps: UserSubscriptionsDeps & {
    readonly subscriptions: Pick<SubscriptionStore, 'read'>;
    readonly plans: Pick<PlanStore, 'planOfPrices'>;
  },
  userId: string,
): Promise<UserAtStripe & { readonly subscriptions: readonly PlanSubscription[] }> {
  const local = await deps.subscriptions.read(userId);
  const { subscriptions, customerIds } = await askForUser(deps, userId, { local });
  const planOfPrice = await deps.plans.planOfPrices(invoicedPricesOf(subscriptions));
  return { customerIds, subscriptions: planSubscriptions(subscriptions, planOfPrice) };
}

/** Reads the noted user of each subscription that names none at Stripe. */
export async function notedUsers(
  { subscriptions }: { readonly subscriptions: Pick<SubscriptionStore, 'usersOf'> },
  list: readonly StripeSubscription[],
): Promise<Map<string, string>> {
  const unnamed = list.filter(isUnnamed);
  const users = await subscriptions.usersOf(unnamed.flatMap((one) => [one.id, customerOf(one)]));
  return new Map(
    unnamed.flatMap((one) => {
      const userId = users.get(one.id) ?? users.get(customerOf(one));
      return userId === undefined ? [] : [[one.id, userId] as const];
    }),
  );
}

function isUnnamed(subscription: StripeSubscription): boolean {
  const { metadata, customer } = subscription;
  return (
    (nameIn(metadata) ?? (typeof customer === 'string' ? undefined : nameIn(customer.metadata))) === undefined
  );
}
