import type { SyncCursor } from '../adapters/dynamodb/stripe-event-store.ts';
import type { ListedSubscription } from '../adapters/stripe/stripe-gateway.ts';
import {
  customerOf,
  governingSubscription,
  type PlanOfPrice,
  pricesOf,
  toState,
} from '../domain/stripe-subscription.ts';
import { type Subscription, sameSubscription } from '../domain/subscription.ts';
import { convergeSubscription } from './converge-subscription.ts';
import type { SyncDeps } from './sync-subscriptions.ts';
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
    after = page.items.at(-1)?.subscription.id;
    version += 1;
    if (after === undefined || !page.hasMore) {
      // Where something failed, the next run walks again.
      return (await save({ version, eventsBefore, walkedAt: failed ? walkedAt : startedAt })) && !failed;
    }
    if (!(await save({ version, eventsBefore, walkedAt, walk: { startedAt, after, failed } }))) return false;
  }
  return false;
}

async function converge(deps: SyncDeps, tally: SyncTally, { subscription, userId }: ListedSubscription) {
  const convergence = await convergeSubscription(deps, {
    subscriptionId: subscription.id,
    customerId: customerOf(subscription),
    userId,
  });
  if (convergence.code === 'converged' && convergence.changed) tally.countDrift();
  return convergence;
}

/**
 * Those of a page that are not here as Stripe lists them, whose account does not follow yet, or that were not announced:
 * where a run died half-way, its events may be older than Stripe lists any.
 */
async function compare(
  deps: SyncDeps,
  tally: SyncTally,
  page: readonly ListedSubscription[],
): Promise<readonly ListedSubscription[]> {
  const subscriptions = page.map(({ subscription }) => subscription);
  const planOfPrice = await deps.plans.planOfPrices(pricesOf(subscriptions));
  const userIds = await deps.subscriptions.usersOf(subscriptions.map(customerOf));
  const users = [...new Set(userIds.values())];
  const saved = await deps.subscriptions.readMany(users);
  const followed = await deps.accounts.subscriptionVersions(users);
  return page.filter(({ subscription, userId: named }) => {
    const userId = userIds.get(customerOf(subscription));
    const known = userId === undefined ? undefined : saved.get(userId);
    if (!known || userId === undefined) {
      if (userId !== undefined || named !== undefined) return true;
      tally.countStranger();
      return false;
    }
    const { subscription: local, announcedVersion } = known;
    const isFollowed = followed.get(userId) === local.version && announcedVersion === local.version;
    const isSame = isFollowed && agrees(subscription, local, planOfPrice);
    if (isSame) tally.countUnchanged();
    return !isSame;
  });
}

/** Whether a listed subscription is as it is here, or is not the one that counts. */
function agrees(
  listed: ListedSubscription['subscription'],
  local: Subscription,
  planOfPrice: PlanOfPrice,
): boolean {
  if (listed.id === local.subscriptionId) {
    // A list does not say since when something is unpaid: that stays as it is while the same invoice is the latest.
    const { graceEndsAt } = local;
    return sameSubscription({ ...toState(listed, planOfPrice), graceEndsAt }, local);
  }
  const known = { id: local.subscriptionId, status: local.stripeStatus, created: local.createdAt / 1_000 };
  return governingSubscription([listed, known]) === known;
}
