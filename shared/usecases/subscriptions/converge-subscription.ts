import type { VersionedCache } from '../../adapters/cache/versioned-cache.ts';
import type { PlanStore } from '../../adapters/dynamodb/plan-store.ts';
import type { SubscriptionStore } from '../../adapters/dynamodb/subscription-store.ts';
import type { StripeGateway } from '../../adapters/stripe/stripe-gateway.ts';
import type { Account } from '../../domain/account.ts';
import { Unavailable } from '../../domain/faults.ts';
import {
  buysPlan,
  evaluateSubscriptions,
  invoicedPricesOf,
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

/** A user, or the ids in an event. */
export type SubscriptionTarget =
  | { readonly userId: string }
  | (StripeTarget & { readonly userId?: undefined });

/** Findings of a convergence, besides its outcome. */
interface Findings {
  /** Prices of the user's further subscriptions that no plan has. */
  readonly unknownPrices: readonly string[];
  /** Subscriptions of the user without any plan's price; they are ignored. */
  readonly strangerIds: readonly string[];
  /** Whether two sources name different users for the target. */
  readonly isContested: boolean;
}

export type Convergence =
  | ({
      readonly code: 'converged';
      readonly userId: string;
      readonly subscription: Subscription;
      readonly account: Account;
      /** Whether the convergence changed anything here. */
      readonly changed: boolean;
    } & Findings)
  /** The user has no subscription to a plan, and never had one. */
  | ({ readonly code: 'no_subscription'; readonly userId: string } & Findings)
  /** Stripe's objects name no user, or do not exist. */
  | { readonly code: 'unknown_user'; readonly isContested: boolean };

/** Attempts against concurrent convergences, each of which saved a later fetch. */
const MAX_ROUNDS = 8;

/**
 * Converges a user's local subscription to Stripe's state. All webhooks and syncs go through here.
 *
 * ```
 * read local (version) ─▶ fetch from Stripe ─▶ map ─▶ save on that version ─▶ account ─▶ caches ─▶ announce
 *    ▲                                                  └▶ lost: another run fetched later
 *    └────────────────────────────────────────────────────┘
 * ```
 *
 * Invariants:
 * - No save replaces a newer state with an older one, whatever the order of events: a state fetched after a
 *   version was read is no older than the state that the version was made from.
 * - A run that finds no change, or nothing, still bumps `looks`, so that a slower run with an older fetch
 *   loses, even if Stripe's state changed and changed back in between.
 * - The next run completes one that died: it compares the account and the announced version even if the
 *   subscription is unchanged.
 *
 * A per-user lock in Redis serializes convergences, since concurrent ones would all fetch, lose, and fetch
 * again. It only saves work; correctness does not need it.
 *
 * @throws Unavailable when concurrent runs won every attempt, or Stripe or the store is not available
 */
export async function convergeSubscription(
  deps: ConvergeDeps,
  target: SubscriptionTarget,
): Promise<Convergence> {
  if (target.userId !== undefined) return convergeInTurn(deps, target.userId);
  const { userId, formerUserId, customerId, isContested } = await findStripeUser(deps, target);
  // Before the new owner is noted: after a crash in between, the next run still finds the former owner.
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
    const { verdict, strangerIds } = await askStripe(deps, userId, local, subscriptionId);
    const findings = { unknownPrices: verdict.unknownPrices, strangerIds, isContested: false };
    const state = verdict.code === 'known' ? verdict.state : local && vanished(local);
    if (!state) {
      if (!(await deps.subscriptions.recordUnchanged(userId, 0))) continue;
      return { code: 'no_subscription', userId, ...findings };
    }

    const isChanged = !local || !sameSubscription(local, state);
    const subscription = isChanged
      ? { ...state, userId, version: (local?.version ?? 0) + 1, savedAt: deps.now() }
      : local;
    const announced = saved?.announcedVersion ?? 0;
    const isLatest = isChanged
      ? await deps.subscriptions.save(subscription, saved)
      : await deps.subscriptions.recordUnchanged(userId, subscription.version);
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
    return { code: 'converged', userId, subscription, account, changed: isChanged || changed, ...findings };
  }
  throw new Unavailable('concurrent runs keep saving the same subscription');
}

/** Fetches and evaluates all of a user's subscriptions at Stripe. */
async function askStripe(
  deps: ConvergeDeps,
  userId: string,
  local: Subscription | undefined,
  subscriptionId: string | undefined,
): Promise<{ readonly verdict: SubscriptionVerdict; readonly strangerIds: readonly string[] }> {
  const { subscriptions: list } = await askForUser(deps, userId, { local, subscriptionId });
  const planOfPrice = await deps.plans.planOfPrices(invoicedPricesOf(list));
  const own = list.filter((subscription) => buysPlan(subscription, planOfPrice));
  const isTrial = own.some(({ trial_end }) => trial_end !== null);
  if (isTrial && !(await deps.subscriptions.hadTrial(userId))) await deps.subscriptions.noteTrial(userId);
  const strangerIds = list.filter((subscription) => !own.includes(subscription)).map(({ id }) => id);
  return { verdict: evaluateSubscriptions(list, planOfPrice), strangerIds };
}

/**
 * The state of a subscription that is no longer the user's at Stripe: deleted, another user's, or without any
 * plan's price.
 */
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
