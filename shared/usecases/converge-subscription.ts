import type { VersionedCache } from '../adapters/cache/versioned-cache.ts';
import type { PlanStore } from '../adapters/dynamodb/plan-store.ts';
import type { SubscriptionStore } from '../adapters/dynamodb/subscription-store.ts';
import type { StripeGateway } from '../adapters/stripe/stripe-gateway.ts';
import type { Account } from '../domain/account.ts';
import { Unavailable } from '../domain/faults.ts';
import { type Judgement, judge, pricesOf, type StripeSubscription } from '../domain/stripe-subscription.ts';
import { type Subscription, type SubscriptionState, sameSubscription } from '../domain/subscription.ts';
import { type FindStripeUserDeps, findStripeUser, type SubscriptionTarget } from './find-stripe-user.ts';
import { type FollowDeps, followOnAccount } from './follow-on-account.ts';
import type { RunAloneDeps } from './run-alone.ts';
import { runInTurn } from './run-in-turn.ts';

export interface ConvergeDeps extends FindStripeUserDeps, FollowDeps, RunAloneDeps {
  readonly subscriptions: FindStripeUserDeps['subscriptions'] &
    Pick<SubscriptionStore, 'readSaved' | 'save' | 'noteLook' | 'markAnnounced'>;
  readonly stripe: FindStripeUserDeps['stripe'] & Pick<StripeGateway, 'subscriptionsOf'>;
  readonly plans: FollowDeps['plans'] & Pick<PlanStore, 'planOfPrices'>;
  readonly subscriptionCache: Pick<VersionedCache<Subscription>, 'put'>;
  /** Tells others what a subscription has become. It may be called twice for a version. */
  readonly announce: (subscription: Subscription) => Promise<void>;
}

export type Convergence =
  | {
      readonly code: 'converged';
      readonly userId: string;
      readonly subscription: Subscription;
      readonly account: Account;
      /** Whether anything here was not yet as Stripe says. */
      readonly changed: boolean;
      /** Prices of further subscriptions that no plan names. */
      readonly unknownPrices: readonly string[];
    }
  /** Nobody can say what the subscription grants: nothing was changed. */
  | { readonly code: 'unknown_price'; readonly userId: string; readonly unknownPrices: readonly string[] }
  | { readonly code: 'no_subscription'; readonly userId: string }
  | { readonly code: 'unknown_user' };

/** Each round somebody else saved what they fetched later: more than this many in a row is no accident. */
const MAX_ROUNDS = 8;

/**
 * Makes a user's subscription here what it is at Stripe: the one way in for webhooks and syncs.
 *
 * ```
 * read local (version) ─▶ fetch from Stripe ─▶ map ─▶ save on that version ─▶ account ─▶ caches ─▶ announce
 *    ▲                                                  └▶ lost: somebody fetched later
 *    └────────────────────────────────────────────────────┘
 * ```
 *
 * Whatever is fetched after a version was read is no older than what that version was made from, so no save puts an older
 * state over a newer one, in whatever order news arrives. Who finds the version as Stripe says notes that, too: Stripe may
 * have been elsewhere in between, and who saw it there must not save it any more. A run that dies on the way is completed by
 * the next, which compares the account and what was announced even where the subscription is as it was.
 *
 * A user's convergences take turns where Redis lets them: side by side they would all fetch, all but one lose, and fetch
 * again. Right they are without.
 */
export async function convergeSubscription(
  deps: ConvergeDeps,
  target: SubscriptionTarget,
): Promise<Convergence> {
  const userId = await findStripeUser(deps, target);
  if (userId === undefined) return { code: 'unknown_user' };
  return runInTurn(deps, `subscription:${userId}`, () => converge(deps, userId, target));
}

async function converge(
  deps: ConvergeDeps,
  userId: string,
  target: SubscriptionTarget,
): Promise<Convergence> {
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const saved = await deps.subscriptions.readSaved(userId);
    const local = saved?.subscription;
    const judgement = await askStripe(deps, userId, local, target.subscriptionId);
    if (judgement.code === 'unknown_price') return { ...judgement, userId };
    const state = judgement.code === 'known' ? judgement.state : local && vanished(local);
    if (!state) return { code: 'no_subscription', userId };

    const isNews = !local || !sameSubscription(local, state);
    const subscription = isNews
      ? { ...state, userId, version: (local?.version ?? 0) + 1, savedAt: deps.now() }
      : local;
    const announced = saved?.announcedVersion ?? 0;
    const isLatest = isNews
      ? await deps.subscriptions.save(subscription, saved)
      : await deps.subscriptions.noteLook(subscription);
    if (!isLatest) continue;

    const { account, changed } = await followOnAccount(deps, subscription);
    await deps.subscriptionCache.put(userId, {
      value: subscription,
      version: subscription.version,
      asOf: deps.now(),
    });
    if (announced < subscription.version) {
      await deps.announce(subscription);
      await deps.subscriptions.markAnnounced(userId, subscription.version);
    }
    const unknownPrices = judgement.code === 'known' ? judgement.unknownPrices : [];
    return { code: 'converged', userId, subscription, account, changed: isNews || changed, unknownPrices };
  }
  throw new Unavailable('others keep saving the same subscription');
}

/** All that Stripe knows of a user's subscriptions, judged. */
async function askStripe(
  deps: ConvergeDeps,
  userId: string,
  local: Subscription | undefined,
  subscriptionId: string | undefined,
): Promise<Judgement> {
  const known = await deps.subscriptions.customersOf(userId);
  const customerIds = new Set([...known, ...(local ? [local.customerId] : [])]);
  const list: StripeSubscription[] = [];
  for (const customerId of customerIds) list.push(...(await deps.stripe.subscriptionsOf(customerId)));
  // A deleted customer's are in no list any more, and the newest may be in none yet.
  for (const id of new Set([local?.subscriptionId, subscriptionId])) {
    if (id === undefined || list.some((listed) => listed.id === id)) continue;
    const found = await deps.stripe.subscription(id);
    if (found) list.push(found);
  }
  return judge(list, await deps.plans.planOfPrices(pricesOf(list)));
}

/** What becomes of a subscription that Stripe does not know any more. */
function vanished(local: Subscription): SubscriptionState {
  const { userId: _, version: __, savedAt: ___, ...state } = local;
  const nothing = { endsAt: null, graceEndsAt: null, unpaidInvoiceId: null };
  return { ...state, ...nothing, status: 'CANCELED', stripeStatus: 'canceled' };
}
