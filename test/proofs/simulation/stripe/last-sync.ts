import { fromAccountItem } from '../../../../shared/adapters/dynamodb/account-codec.ts';
import type { AccountItem } from '../../../../shared/adapters/dynamodb/account-item.ts';
import { accountKey, HISTORY_PREFIX, subscriptionKey } from '../../../../shared/adapters/dynamodb/keys.ts';
import type { Account } from '../../../../shared/domain/account.ts';
import { DEDUPE_WINDOW } from '../../../../shared/domain/dedupe-window.ts';
import {
  evaluateSubscriptions,
  type SubscriptionVerdict,
} from '../../../../shared/domain/subscriptions/stripe-subscription.ts';
import {
  entitlement,
  type Subscription,
  sameSubscription,
} from '../../../../shared/domain/subscriptions/subscription.ts';
import {
  type SyncRequest,
  syncSubscriptions,
} from '../../../../shared/usecases/subscriptions/sync-subscriptions.ts';
import type { SyncCounts } from '../../../../shared/usecases/subscriptions/sync-tally.ts';
import { Chance } from '../chance.ts';
import type { AttributeMap } from '../dynamodb/attribute.ts';
import type { Stage } from '../simulate.ts';
import { priceOf } from './billed-items.ts';
import { isPaidFor } from './paid-for.ts';
import { ODD_PRICE } from './prices.ts';
import { DEFAULT_PLAN } from './stripe-oracle.ts';

/** Rounds of the sync, each with separate chances, besides one per user. */
const ROUND = { walk: 3, users: 4, wholeWalk: 1_000 } as const;
/** A walk that others left unfinished, with failures, is restarted by the next run. */
const MOST_SYNCS = 3;
/** The first pruning of a full account settles its operations, the second forgets them. */
const PRUNINGS_UNTIL_ROOM = 2;
/** The truth is undefined within this time of the end of a plan. */
const MOMENT_MS = 5_000;

/**
 * Without faults one scheduled run of the sync finds every change without a webhook; a full walk after it
 * finds nothing more.
 */
export async function lastSyncs(stage: Stage): Promise<void> {
  if (stage.syncers.length === 0) return;
  let isComplete = false;
  for (let round = 0; round < MOST_SYNCS && !isComplete; round += 1) {
    if (round > 0) await untilPruned(stage);
    isComplete = (await sync(stage, {}, round))?.complete ?? false;
  }
  if (!isComplete) stage.oracle.report('Stripe wins', 'the sync does not end without faults');
  const covered = stage.users.filter((userId) => isCoveredByEvents(stage, userId));
  verifySubscriptions(stage, covered);
  if (covered.length < stage.users.length) {
    // A walk started before, and finished now, may have missed changes without an event.
    await sync(stage, { force: true }, ROUND.wholeWalk);
    verifySubscriptions(stage, stage.users);
  }
  const changeable = stage.users.filter(
    (userId) => isByHandWhereWalkLooks(stage, userId) || isOneOfTheEnded(stage, userId),
  );
  verifyWalk(stage, await sync(stage, { force: true }, ROUND.walk), changeable.length);
  // Only a sync of the user finds a plan set by hand over the paid one.
  for (const [index, userId] of stage.users.entries()) {
    for (let waits = 0; waits <= PRUNINGS_UNTIL_ROOM; waits += 1) {
      if (waits > 0) await untilPruned(stage);
      if ((await sync(stage, { userId }, ROUND.users + index))?.failed === 0) break;
    }
  }
  verifyEntitlements(stage);
}

/** The next run is later: a full account is pruned by then. */
async function untilPruned({ world }: Stage): Promise<void> {
  await world.run(world.now() + DEDUPE_WINDOW.pruneEveryMs);
}

/**
 * A walk after a complete sync changes at most plans set by hand, and which of several ended subscriptions is
 * shown. It reports the prices that keep a user's plan unchanged.
 */
function verifyWalk(stage: Stage, counts: SyncCounts | undefined, changeable: number): void {
  const { complete = false, changed = 0, unknownPrices = [] } = counts ?? {};
  if (!complete || changed > changeable)
    stage.oracle.report('Stripe wins', `a walk after the last sync changed ${changed}`);
  for (const userId of stage.users) {
    const verdict = verdictOf(stage, userId);
    if (!verdict.unknownPrices.every((priceId) => unknownPrices.includes(priceId)))
      stage.oracle.report(
        'Stripe wins',
        `${userId}: a walk does not report the prices ${verdict.unknownPrices}`,
      );
  }
}

/**
 * Whether a walk replaces a plan set by hand: it syncs the user if several subscriptions are running, or an
 * invoice older than the latest is unpaid, which no list shows.
 */
function isByHandWhereWalkLooks(stage: Stage, userId: string): boolean {
  const local = subscriptionIn(stage.table.get(subscriptionKey(userId)));
  const changes = stage.oracle.changesOf(userId).filter(({ kind }) => kind === 'plan');
  if (!local || changes.at(-1)?.reason === 'subscription') return false;
  const { runningSubscriptions, unpaidInvoiceId, latestInvoiceId } = local;
  return runningSubscriptions > 1 || (unpaidInvoiceId !== null && unpaidInvoiceId !== latestInvoiceId);
}

/**
 * Whether events cover a user's changes: none covers the prices of a plan, or leads to a subscription in no
 * customer's list.
 */
function isCoveredByEvents({ stripe, stripeOracle }: Stage, userId: string): boolean {
  const subscriptions = stripe.everyOneOf(userId);
  const isOdd = subscriptions.some(({ id }) =>
    stripe.statesOf(id).some(({ subscription }) => priceOf(subscription) === ODD_PRICE),
  );
  const isListed = subscriptions.every(({ customer }) => stripe.subscriptionsOf(String(customer)).length > 0);
  return isListed && !(isOdd && stripeOracle.prices.ever.length > 1);
}

async function sync(
  stage: Stage,
  options: Pick<SyncRequest, 'force' | 'userId'>,
  round: number,
): Promise<SyncCounts | undefined> {
  const request = { ...options, mayContinue: () => true };
  const { script, world, syncers } = stage;
  const task = { name: 'last sync', group: 'rest', chance: new Chance(script.seed, 13, round) };
  const running = syncers[0]?.run(task, (deps) => syncSubscriptions(deps, request));
  await world.run();
  const result = await running;
  return result && result !== 'died' ? result.value : undefined;
}

/** The saved state is Stripe's, its last version was announced, and every version is in the history, once. */
function verifySubscriptions(stage: Stage, users: readonly string[]): void {
  for (const userId of users) {
    const report = (text: string) => stage.oracle.report('Stripe wins', `${userId}: ${text}`);
    const verdict = verdictOf(stage, userId);
    const item = stage.table.get(subscriptionKey(userId));
    if (verdict.code !== 'known') {
      const { status } = subscriptionIn(item) ?? {};
      if (status !== undefined && status !== 'CANCELED')
        report(`${status} here, and no plan is bought at Stripe`);
      continue;
    }
    const local = subscriptionIn(item);
    if (!local || !(sameSubscription(local, verdict.state) || isOneOfTheEnded(stage, userId))) {
      report(`here ${JSON.stringify(local)}, at Stripe ${JSON.stringify(verdict.state)}`);
      continue;
    }
    const { published } = stage.stripeOracle.booksOf(userId);
    if (item?.announced !== local.version || !published.has(local.version))
      report(`version ${local.version} was not announced`);
    const history = stage.table
      .partition(accountKey(userId).pk)
      .flatMap(({ sk, subscription }) => (String(sk).startsWith(HISTORY_PREFIX) ? subscription : []));
    if (history.length !== local.version)
      report(`the history has ${history.length} versions of ${local.version}`);
    if (accountOf(stage, userId)?.subscriptionVersion !== local.version)
      report('the account follows another version');
  }
}

/**
 * Of several ended subscriptions, any may be shown: their customers may be deleted, and none grants anything.
 */
function isOneOfTheEnded(stage: Stage, userId: string): boolean {
  const local = subscriptionIn(stage.table.get(subscriptionKey(userId)));
  const verdict = verdictOf(stage, userId);
  const isEnded =
    local?.status === 'CANCELED' && verdict.code === 'known' && verdict.state.status === 'CANCELED';
  return isEnded && stage.stripe.everyOneOf(userId).length > 1;
}

/** Accounts are on the plan that their subscription grants, for that time, then on the default plan. */
export function verifyEntitlements(stage: Stage): void {
  for (const userId of stage.users) {
    const local = subscriptionIn(stage.table.get(subscriptionKey(userId)));
    const account = accountOf(stage, userId);
    const now = stage.world.now();
    if (!local || !account || account.validUntil <= now) continue;
    const [soon, late] = [now - MOMENT_MS, now + MOMENT_MS].map((at) => entitlement(local, at, DEFAULT_PLAN));
    if (soon?.isGranted !== late?.isGranted || !late) continue;
    const changes = stage.oracle.changesOf(userId).filter(({ kind }) => kind === 'plan');
    // A plan set by hand stays if nothing is paid for: the oracle of intent verifies which.
    const isByHand = !late.isGranted && changes.some(({ reason }) => reason !== 'subscription');
    const { prices } = stage.stripeOracle;
    const isPaid = isPaidFor(stage.stripe.everyOneOf(userId), prices.now, late.planId, now);
    if (late.isGranted && !isPaid)
      stage.oracle.report('Stripe wins', `${userId} is granted ${late.planId}, and nothing is paid for`);
    const isRight = account.plan.id === late.planId && account.validUntil === late.validUntil;
    if (!isRight && !isByHand) {
      const is = `the account is on ${account.plan.id} until ${account.validUntil}`;
      stage.oracle.report('Stripe wins', `${userId}: ${is}, not on ${late.planId} until ${late.validUntil}`);
    }
  }
}

/** The combined verdict on a user's subscriptions, by the current prices of plans. */
function verdictOf({ stripe, stripeOracle }: Stage, userId: string): SubscriptionVerdict {
  return evaluateSubscriptions(stripe.everyOneOf(userId), stripeOracle.prices.now);
}

function subscriptionIn(item: AttributeMap | undefined): Subscription | undefined {
  return item?.subscription as unknown as Subscription | undefined; // written by one store alone
}

function accountOf({ table }: Stage, userId: string): Account | undefined {
  const item = table.get(accountKey(userId));
  return item && fromAccountItem(item as unknown as AccountItem); // written by one store alone
}
