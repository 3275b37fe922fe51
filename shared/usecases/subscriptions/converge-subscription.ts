import type { VersionedCache } from '../../adapters/cache/versioned-cache.ts';
import type { PlanStore } from '../../adapters/dynamodb/plan-store.ts';
import type { SubscriptionStore } from '../../adapters/dynamodb/subscription-store.ts';
import type { StripeGateway } from '../../adapters/stripe/stripe-gateway.ts';
import type { Account } from '../../domain/account.ts';
import { Unavailable } from '../../domain/faults.ts';
import {
  buysPlan,
  invoicedPricesOf,
  judge,
  NOTHING_UNPAID,
  type SubscriptionVerdict,
} from '../../domain/subscriptions/stripe-subscription.ts';
import {
  type Subscription,
  type SubscriptionState,
  sameSubscription,
} from '../../domain/subscriptions/subscription.ts';
import type { RunExclusiveDeps } from '../retry/run-exclusive.ts';
import { runSerialized } from '../retry/run-serialized.ts';
import { type ApplySubscriptionDeps, applySubscriptionToAccount } from './apply-subscription-to-account.ts';
import { type FindStripeUserDeps, findStripeUser, type StripeTarget } from './find-stripe-user.ts';
import { askForUser, type UserSubscriptionsDeps } from './user-subscriptions.ts';

export interface ConvergeDeps extends FindStripeUserDeps, ApplySubscriptionDeps, RunExclusiveDeps {
  readonly subscriptions: FindStripeUserDeps['subscriptions'] &
    UserSubscriptionsDeps['subscriptions'] &
    Pick<
      SubscriptionStore,
      'addCustomer' | 'readSaved' | 'save' | 'recordUnchanged' | 'markAnnounced' | 'hadTrial' | 'noteTrial'
    >;
  readonly stripe: FindStripeUserDeps['stripe'] & Pick<StripeGateway, 'subscriptionsOf'>;
  readonly plans: ApplySubscriptionDeps['plans'] & Pick<PlanStore, 'planOfPrices'>;
  readonly subscriptionCache: Pick<VersionedCache<Subscription>, 'put'>;
  /** Publishes a saved version of a subscription. It may be called twice for a version. */
  readonly announce: (subscription: Subscription) => Promise<void>;
}

/** A user, or what an event says of one. */
export type SubscriptionTarget =
  | { readonly userId: string }
  | (StripeTarget & { readonly userId?: undefined });

/** What a convergence found, beside its outcome. */
interface Findings {
  /** Prices of the user's further subscriptions that no plan names. */
  readonly unknownPrices: readonly string[];
  /** Subscriptions of the user that no plan's price is in: they decide nothing. */
  readonly strangerIds: readonly string[];
  /** Whether two names of the target differ. */
  readonly isContested: boolean;
}

export type Convergence =
  | ({
      readonly code: 'converged';
      readonly userId: string;
      readonly subscription: Subscription;
      readonly account: Account;
      /** Whether anything here was not yet as Stripe says. */
      readonly changed: boolean;
    } & Findings)
  /** The user has no subscription to a plan, and never had one. */
  | ({ readonly code: 'no_subscription'; readonly userId: string } & Findings)
  /** What Stripe has names no user, or Stripe does not have it. */
  | { readonly code: 'unknown_user'; readonly isContested: boolean };

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
  if (target.userId !== undefined) return convergeInTurn(deps, target.userId);
  const { userId, formerUserId, customerId, isContested } = await findStripeUser(deps, target);
  // Before the new owner is noted: a run that dies in between finds the former one again.
  if (formerUserId !== undefined) await convergeInTurn(deps, formerUserId, target.subscriptionId);
  if (userId === undefined) return { code: 'unknown_user', isContested };
  if (customerId !== undefined) await noteCustomer(deps, userId, customerId);
  return { ...(await convergeInTurn(deps, userId, target.subscriptionId)), isContested };
}

async function noteCustomer(deps: ConvergeDeps, userId: string, customerId: string): Promise<void> {
  const known = await deps.subscriptions.customersOf(userId);
  if (!known.includes(customerId)) await deps.subscriptions.addCustomer(userId, customerId);
}

function convergeInTurn(
  deps: ConvergeDeps,
  userId: string,
  subscriptionId?: string,
): Promise<UserConvergence> {
  return runSerialized(deps, `subscription:${userId}`, () => converge(deps, userId, subscriptionId));
}

type UserConvergence = Exclude<Convergence, { code: 'unknown_user' }>;

async function converge(
  deps: ConvergeDeps,
  userId: string,
  subscriptionId: string | undefined,
): Promise<UserConvergence> {
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const saved = await deps.subscriptions.readSaved(userId);
    const local = saved?.subscription;
    const { judgement, strangerIds } = await askStripe(deps, userId, local, subscriptionId);
    const findings = { unknownPrices: judgement.unknownPrices, strangerIds, isContested: false };
    const state = judgement.code === 'known' ? judgement.state : local && vanished(local);
    if (!state) return { code: 'no_subscription', userId, ...findings };

    const isNews = !local || !sameSubscription(local, state);
    const subscription = isNews
      ? { ...state, userId, version: (local?.version ?? 0) + 1, savedAt: deps.now() }
      : local;
    const announced = saved?.announcedVersion ?? 0;
    const isLatest = isNews
      ? await deps.subscriptions.save(subscription, saved)
      : await deps.subscriptions.recordUnchanged(subscription);
    if (!isLatest) continue;

    const { account, changed } = await applySubscriptionToAccount(deps, subscription);
    await deps.subscriptionCache.put(userId, {
      value: subscription,
      version: subscription.version,
      asOf: deps.now(),
    });
    if (announced < subscription.version) {
      await deps.announce(subscription);
      await deps.subscriptions.markAnnounced(userId, subscription.version);
    }
    return { code: 'converged', userId, subscription, account, changed: isNews || changed, ...findings };
  }
  throw new Unavailable('others keep saving the same subscription');
}

/** All that Stripe knows of a user's subscriptions, judged. */
async function askStripe(
  deps: ConvergeDeps,
  userId: string,
  local: Subscription | undefined,
  subscriptionId: string | undefined,
): Promise<{ readonly judgement: SubscriptionVerdict; readonly strangerIds: readonly string[] }> {
  const { subscriptions: list } = await askForUser(deps, userId, { local, subscriptionId });
  const planOfPrice = await deps.plans.planOfPrices(invoicedPricesOf(list));
  const own = list.filter((subscription) => buysPlan(subscription, planOfPrice));
  const isTrial = own.some(({ trial_end }) => trial_end !== null);
  if (isTrial && !(await deps.subscriptions.hadTrial(userId))) await deps.subscriptions.noteTrial(userId);
  const strangerIds = list.filter((subscription) => !own.includes(subscription)).map(({ id }) => id);
  return { judgement: judge(list, planOfPrice), strangerIds };
}

/** The state of a subscription that is not the user's at Stripe any more: gone, another user's, or with no plan's price. */
function vanished(local: Subscription): SubscriptionState {
  const { userId: _, version: __, savedAt: ___, ...state } = local;
  const nothing = {
    endsAt: null,
    paidInvoiceId: null,
    isPaidRenewal: false,
    runningSubscriptions: 0,
    ...NOTHING_UNPAID,
  };
  return { ...state, ...nothing, status: 'CANCELED', stripeStatus: 'canceled' };
}
