import type { SyncCursor } from '../../adapters/dynamodb/stripe-event-store.ts';
import type { SavedSubscription } from '../../adapters/dynamodb/subscription-store.ts';
import { type Owner, ownerOf } from '../../domain/subscriptions/stripe-owner.ts';
import {
  buysPlan,
  customerOf,
  governingSubscription,
  invoicedPricesOf,
  isRunning,
  judge,
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
 * Compares every subscription of Stripe's, page by page, with what is here, and converges those that differ. After each
 * page the cursor is saved, so that a run which ends early goes on from there. Returns whether the walk is complete.
 *
 * @param save `false`: another run saved its cursor meanwhile, and goes on in this one's place
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
    // Time was up within the page: it is compared again, which costs one call.
    if (left.length > 0 && !tally.mayContinue()) return false;
    failed ||= left.length > 0;
    after = page.items.at(-1)?.id;
    version += 1;
    if (after === undefined || !page.hasMore) {
      // Where something failed, the next run walks again.
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

/** A listed subscription, and what is known here of whom it belongs to. */
interface Found {
  readonly listed: StripeSubscription;
  readonly owner: Owner;
  /** The user to whom it belonged before, if it did. */
  readonly noted: string | undefined;
  /** Whether its customer is noted as the owner's: only then do the owner's convergences ask for it. */
  readonly isCustomerNoted: boolean;
}

/**
 * Those of a page that are not here as Stripe lists them, whose account does not follow yet, or that were not announced:
 * where a run died half-way, its events may be older than Stripe lists any.
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

/** Whether a user still counts a subscription as their own. */
function holds(saved: SavedSubscription | undefined, { id }: StripeSubscription): boolean {
  return saved?.subscription.subscriptionId === id && saved.subscription.status !== 'CANCELED';
}

/** What the operator has to look at is reported by every walk, also where nothing changed. */
function countUnchanged(tally: SyncTally, { listed, owner }: Found, planOfPrice: PlanOfPrice): void {
  if (owner.userId === undefined) tally.countStranger();
  else tally.countUnchanged();
  if (owner.isContested) tally.countContested();
  if (owner.userId !== undefined) tally.notePrices(judge([listed], planOfPrice).unknownPrices);
}

/** Whether a listed subscription is as it is here, or is not the one that counts. */
function agrees(listed: StripeSubscription, local: Subscription, planOfPrice: PlanOfPrice): boolean {
  // Of several running ones a page does not show whether their count is right: another may have ended, or buys no plan any more.
  if (local.runningSubscriptions > 1) return false;
  const isOwn = listed.id === local.subscriptionId;
  if (!buysPlan(listed, planOfPrice)) return !isOwn || local.status === 'CANCELED';
  const { runningSubscriptions } = local;
  // A plan edit may change what older invoices bought, and causes no event.
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
 * Whether a subscription is as it is listed, as far as a list can tell: it shows the latest invoice alone. What older ones
 * say stays as it is here, while the latest is the same invoice, and the same failure or none.
 */
function isAsListed(local: Subscription, listed: SubscriptionState): boolean {
  if (local.unpaidInvoiceId !== listed.unpaidInvoiceId) return false;
  const { paidPlanId, graceEndsAt } = local;
  const { paidInvoiceId, isPaidRenewal } = listed.paidInvoiceId === null ? local : listed;
  return sameSubscription(local, { ...listed, paidPlanId, graceEndsAt, paidInvoiceId, isPaidRenewal });
}
