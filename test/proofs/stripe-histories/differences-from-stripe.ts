import { isDeepStrictEqual } from 'node:util';
import { type Account, brokenInvariants } from '../../../shared/domain/account.ts';
import {
  evaluateSubscriptions,
  type SubscriptionVerdict,
} from '../../../shared/domain/subscriptions/stripe-subscription.ts';
import {
  entitlement,
  type SubscriptionState,
  sameSubscription,
} from '../../../shared/domain/subscriptions/subscription.ts';
import { currentAccount } from '../../../shared/usecases/quota/current-account.ts';
import type { StripeService } from '../../support/stripe-service.ts';

/**
 * All differences of a user's data from Stripe's: the subscription, the account that follows it, the
 * announced versions, and the history. Requires that nothing is in progress.
 */
export async function differencesFromStripe(world: StripeService, userId: string): Promise<string[]> {
  const { deps, announced } = world;
  const expected = expectedState(world);
  const local = await deps.subscriptions.read(userId);
  if (expected.code !== 'known' || !local) return [`nothing is here, at Stripe ${expected.code}`];
  const differences: string[] = [];
  if (!sameSubscription(local, expected.state)) {
    differences.push(`here ${JSON.stringify(local)}, at Stripe ${JSON.stringify(expected.state)}`);
  }
  const account = await currentAccount(deps, userId, await deps.account(userId), deps.now());
  differences.push(...differencesOf(account, expected.state, world));
  if (account.subscriptionVersion !== local.version) differences.push('the account follows another version');
  // Two concurrent announcements may be reordered.
  const isAnnounced = announced.some(({ version }) => version === local.version);
  if (!isAnnounced) differences.push('the last version was not announced');
  differences.push(...brokenInvariants(account), ...(await gaps(world, userId, local.version)));
  return differences;
}

/** The combined verdict on the user's subscriptions at Stripe, by the rules of the domain. */
function expectedState({ simulator, prices }: StripeService): SubscriptionVerdict {
  const newestInvoices = (id: string) =>
    simulator
      .invoices()
      .filter(({ parent }) => parent?.subscription_details?.subscription === id)
      .reverse();
  return evaluateSubscriptions(
    simulator.subscriptions().map((subscription) => ({
      ...subscription,
      invoices: newestInvoices(subscription.id),
    })),
    new Map([
      [prices.monthly, 'pro'],
      [prices.dearer, 'team'],
      [prices.yearly, 'pro'],
      [prices.zero, 'starter'],
    ]),
  );
}

function differencesOf(account: Account, state: SubscriptionState, { deps }: StripeService): string[] {
  const { planId, validUntil } = entitlement(state, deps.now(), deps.defaultPlanId);
  if (isDeepStrictEqual([account.plan.id, account.validUntil], [planId, validUntil])) return [];
  return [`the account is on ${account.plan.id} until ${account.validUntil}, not ${planId}`];
}

/** The history has every version from the newest down. */
async function gaps({ deps }: StripeService, userId: string, newest: number): Promise<string[]> {
  const versions = (await deps.subscriptions.history(userId, 1_000)).items.map(({ version }) => version);
  const isWhole = isDeepStrictEqual(
    versions,
    versions.map((_, index) => newest - index),
  );
  return isWhole ? [] : [`the history has the versions ${versions}`];
}
