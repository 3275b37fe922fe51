import type { SyncCursor } from '../../adapters/dynamodb/stripe-event-store.ts';
import type { SavedSubscription } from '../../adapters/dynamodb/subscription-store.ts';
import { type Owner, ownerOf } from '../../domain/subscriptions/stripe-owner.ts';
import {
  buysPlan,
  customerOf,
  evaluateSubscriptions,
  governingSubscription,
  invoicedPricesOf,
  isRunning,
  type PlanOfPrice,
  plansOf,
  type StripeSubscription,
  toState,
} from '../../domain/subscriptions/stripe-subscription.ts';
import {
  type Subscription,
  type SubscriptionState,
  sameSubscription,
} from '../../domain/subscriptions/subscription.ts';
import { convergeSubscription } from './converge-subscription.ts';
import type { SyncDeps } from './sync-deps.ts';
import type { SyncTally } from './sync-tally.ts';

/**
 * Compares every subscription at Stripe with the local state, page by page, and converges those that differ.
 * The cursor is saved after each page, so that the next run continues one that ended early. Returns whether
 * the walk is complete.
 *
 * @param save returns `false` if another run has saved its cursor meanwhile; that run then continues the walk
 */
export async function walkSubscriptions(
  deps: SyncDeps,
  tally: SyncTally,
  cursor: SyncCursor,
  save: (cursor: SyncCursor) => Promise<boolean>,
): Promise<boolean> {
  const { eventsBefore, walkedAt, walk } = cursor;
  const startedAt = walk?.startedAt ?? deps.now();
  let { version } = cursor;
  let after = walk?.after;
  let failed = walk?.failed ?? false;
  while (tally.mayContinue()) {
    const page = await tally.patiently(() => deps.stripe.pageOfSubscriptions(after));
    const different = await compare(deps, tally, page.items);
    const left = await tally.run(different, (listed) => converge(deps, tally, listed));
    // The time was up within the page: the next run compares it again, which costs one call.
    if (left.length > 0 && !tally.mayContinue()) return false;
    failed ||= left.length > 0;
    after = page.items.at(-1)?.id;
    version += 1;
    if (after === undefined || !page.hasMore) {
      // If something failed, the next run walks again.
      return (await save({ version, eventsBefore, walkedAt: failed ? walkedAt : startedAt })) && !failed;
    }
    if (!(await save({ version, eventsBefore, walkedAt, walk: { startedAt, after, failed } }))) return false;
  }
  return false;
}

async function converge(deps: SyncDeps, tally: SyncTally, listed: StripeSubscription) {
  const target = { subscriptionId: listed.id, customerId: customerOf(listed) };
  const convergence = await convergeSubscription(deps, target);
  if (convergence.code === 'converged' && convergence.changed) tally.countDrift();
  return convergence;
}

/** A listed subscription with its owner. */
interface Found {
  readonly listed: StripeSubscription;
  readonly owner: Owner;
  /** The owner noted before, if any. */
  readonly noted: string | undefined;
  /** Whether its customer is noted as the owner's: only then do the owner's convergences fetch it. */
  readonly isCustomerNoted: boolean;
}

/**
 * Returns the subscriptions of a page that differ from the local state, that the account does not follow yet,
 * or that were not announced: if a run died in between, its events may be older than Stripe's retention.
 */
async function compare(
  deps: SyncDeps,
  tally: SyncTally,
  page: readonly StripeSubscription[],
): Promise<readonly StripeSubscription[]> {
  const found = await ownersOf(deps, page);
  const users = [...new Set(found.flatMap(({ owner, noted }) => [owner.userId ?? [], noted ?? []].flat()))];
  const saved = await deps.subscriptions.readMany(users);
  const prices = new Set([
    ...invoicedPricesOf(page),
    ...[...saved.values()].flatMap(({ subscription }) => invoicedPrices(subscription)),
  ]);
  const planOfPrice = await deps.plans.planOfPrices([...prices]);
  const followed = await deps.accounts.subscriptionVersions(users);
  const isAsHere = ({ listed, owner, noted, isCustomerNoted }: Found) => {
    const known = saved.get(owner.userId ?? '');
    const isLeft = noted === owner.userId || !holds(saved.get(noted ?? ''), listed);
    if (!isLeft) return false;
    if (owner.userId === undefined) return true;
    if (!known || !isCustomerNoted) return !buysPlan(listed, planOfPrice);
    const { subscription: local, announcedVersion } = known;
    const isFollowed = followed.get(owner.userId) === local.version && announcedVersion === local.version;
    return isFollowed && agrees(listed, local, planOfPrice);
  };
  const different: StripeSubscription[] = [];
  for (const one of found) {
    if (isAsHere(one)) countUnchanged(tally, one, planOfPrice);
    else different.push(one.listed);
  }
  return different;
}

/** The prices of older invoices, with whose plans a subscription was saved. */
function invoicedPrices({ invoicedPlans = {} }: Subscription): readonly string[] {
  return Object.keys(invoicedPlans);
}

async function ownersOf(
  { subscriptions }: Pick<SyncDeps, 'subscriptions'>,
  page: readonly StripeSubscription[],
): Promise<Found[]> {
  const users = await subscriptions.usersOf(page.flatMap((listed) => [listed.id, customerOf(listed)]));
  return page.map((listed) => {
    const notedCustomer = users.get(customerOf(listed));
    const noted = users.get(listed.id) ?? notedCustomer;
    const owner = ownerOf(listed, noted);
    return { listed, owner, noted, isCustomerNoted: notedCustomer === owner.userId };
  });
}

/** Whether the saved subscription of a user is this one, and not canceled. */
function holds(saved: SavedSubscription | undefined, { id }: StripeSubscription): boolean {
  return saved?.subscription.subscriptionId === id && saved.subscription.status !== 'CANCELED';
}

/** Findings for the operator are reported by every walk, also if nothing changed. */
function countUnchanged(tally: SyncTally, { listed, owner }: Found, planOfPrice: PlanOfPrice): void {
  if (owner.userId === undefined) tally.countStranger();
  else tally.countUnchanged();
  if (owner.isContested) tally.countContested();
  if (owner.userId !== undefined)
    tally.notePrices(evaluateSubscriptions([listed], planOfPrice).unknownPrices);
}

/** Whether a listed subscription equals the local one, or does not govern. */
function agrees(listed: StripeSubscription, local: Subscription, planOfPrice: PlanOfPrice): boolean {
  // A page does not show whether the count of several running ones is right: another may have ended, or no
  // longer buys a plan.
  if (local.runningSubscriptions > 1) return false;
  const isOwn = listed.id === local.subscriptionId;
  if (!buysPlan(listed, planOfPrice)) return !isOwn || local.status === 'CANCELED';
  const { runningSubscriptions } = local;
  // A plan edit may change the plan that older invoices bought, and causes no event.
  const invoicedPlans = plansOf(invoicedPrices(local), planOfPrice);
  if (isOwn)
    return isAsListed(local, { ...toState(listed, planOfPrice), runningSubscriptions, invoicedPlans });
  const known = {
    id: local.subscriptionId,
    status: local.stripeStatus,
    created: local.createdAt / 1_000,
    isUnpaid: local.stripeStatus === 'active' && local.status === 'PAST_DUE',
  };
  return !isRunning(listed) && governingSubscription([listed, known]) === known;
}

/**
 * Whether a subscription equals the listed one, as far as a list shows: it has only the latest invoice. The
 * local results of older invoices hold while the latest invoice, and its failure if any, are the same.
 */
function isAsListed(local: Subscription, listed: SubscriptionState): boolean {
  if (local.unpaidInvoiceId !== listed.unpaidInvoiceId) return false;
  const { paidPlanId, graceEndsAt } = local;
  const { paidInvoiceId, isPaidRenewal } = listed.paidInvoiceId === null ? local : listed;
  return sameSubscription(local, { ...listed, paidPlanId, graceEndsAt, paidInvoiceId, isPaidRenewal });
}
