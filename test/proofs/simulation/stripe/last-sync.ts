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

/** Rounds of the sync, each with chances of its own: beside these there is one for each user. */
const ROUND = { walk: 3, users: 4, wholeWalk: 1_000 } as const;
/** A walk that others left unfinished, with failures, is begun anew by the next run. */
const MOST_SYNCS = 3;
/** The first pruning of a full account settles its operations, the second forgets them. */
const PRUNINGS_UNTIL_ROOM = 2;
/** Nobody can say what is true within so much of the moment at which a plan ends. */
const MOMENT_MS = 5_000;

/**
 * In good weather one run of the sync, as its schedule starts it, finds all that no webhook brought; after it a walk
 * through everything finds nothing more.
 */
export async function lastSyncs(stage: Stage): Promise<void> {
  if (stage.syncers.length === 0) return;
  let isComplete = false;
  for (let round = 0; round < MOST_SYNCS && !isComplete; round += 1) {
    if (round > 0) await untilPruned(stage);
    isComplete = (await sync(stage, {}, round))?.complete ?? false;
  }
  if (!isComplete) stage.oracle.say('Stripe wins', 'the sync does not come to an end in good weather');
  const told = stage.users.filter((userId) => isTold(stage, userId));
  judgeSubscriptions(stage, told);
  if (told.length < stage.users.length) {
    // A walk that was begun before, and finished now, may have passed what no event tells.
    await sync(stage, { force: true }, ROUND.wholeWalk);
    judgeSubscriptions(stage, stage.users);
  }
  const byHand = stage.users.filter((userId) => isByHandWhereWalkLooks(stage, userId)).length;
  judgeWalk(stage, await sync(stage, { force: true }, ROUND.walk), byHand);
  // Only a look at the very user sees a plan that was set by hand over the one that is paid for.
  for (const [index, userId] of stage.users.entries()) {
    for (let waits = 0; waits <= PRUNINGS_UNTIL_ROOM; waits += 1) {
      if (waits > 0) await untilPruned(stage);
      if ((await sync(stage, { userId }, ROUND.users + index))?.failed === 0) break;
    }
  }
  judgeEntitlements(stage);
}

/** The next run is later: an account that was full when it came to rest is pruned by then. */
async function untilPruned({ world }: Stage): Promise<void> {
  await world.run(world.now() + DEDUPE_WINDOW.pruneEveryMs);
}

/** A walk where all was found before changes at most plans that were set by hand, and tells of the prices that keep somebody's plan as it was. */
function judgeWalk(stage: Stage, counts: SyncCounts | undefined, byHand: number): void {
  const { complete = false, changed = 0, unknownPrices = [] } = counts ?? {};
  if (!complete || changed > byHand)
    stage.oracle.say('Stripe wins', `a walk after the last sync changed ${changed}`);
  for (const userId of stage.users) {
    const said = saidOf(stage, userId);
    if (!said.unknownPrices.every((priceId) => unknownPrices.includes(priceId)))
      stage.oracle.say('Stripe wins', `${userId}: a walk does not tell of the prices ${said.unknownPrices}`);
  }
}

/**
 * Whether a walk replaces a plan that was set by hand: it looks at the very user where several subscriptions are running, and
 * where an older invoice than the latest is unpaid, which no list shows.
 */
function isByHandWhereWalkLooks(stage: Stage, userId: string): boolean {
  const local = subscriptionIn(stage.table.get(subscriptionKey(userId)));
  const changes = stage.oracle.changesOf(userId).filter(({ kind }) => kind === 'plan');
  if (!local || changes.at(-1)?.reason === 'subscription') return false;
  const { runningSubscriptions, unpaidInvoiceId, latestInvoiceId } = local;
  return runningSubscriptions > 1 || (unpaidInvoiceId !== null && unpaidInvoiceId !== latestInvoiceId);
}

/** Whether events tell all about a user: none tells what a plan names, or leads to what is in no customer's list any more. */
function isTold({ stripe, stripeOracle }: Stage, userId: string): boolean {
  const subscriptions = stripe.everyOneOf(userId);
  const isOdd = subscriptions.some(({ id }) =>
    stripe.said(id).some(({ subscription }) => priceOf(subscription) === ODD_PRICE),
  );
  const isListed = subscriptions.every(({ customer }) => stripe.subscriptionsOf(String(customer)).length > 0);
  return isListed && !(isOdd && stripeOracle.prices.ever.length > 1);
}

async function sync(
  stage: Stage,
  what: Pick<SyncRequest, 'force' | 'userId'>,
  round: number,
): Promise<SyncCounts | undefined> {
  const request = { ...what, mayContinue: () => true };
  const { script, world, syncers } = stage;
  const task = { name: 'last sync', group: 'rest', chance: new Chance(script.seed, 13, round) };
  const running = syncers[0]?.run(task, (deps) => syncSubscriptions(deps, request));
  await world.run();
  const result = await running;
  return result && result !== 'died' ? result.value : undefined;
}

/** What is saved is what Stripe says, and its last version was announced; every version is in the history, once. */
function judgeSubscriptions(stage: Stage, users: readonly string[]): void {
  for (const userId of users) {
    const say = (text: string) => stage.oracle.say('Stripe wins', `${userId}: ${text}`);
    const said = saidOf(stage, userId);
    const item = stage.table.get(subscriptionKey(userId));
    if (said.code !== 'known') {
      const { status } = subscriptionIn(item) ?? {};
      if (status !== undefined && status !== 'CANCELED')
        say(`${status} here, and no plan is bought at Stripe`);
      continue;
    }
    const local = subscriptionIn(item);
    const isOneOfTheEnded =
      local?.status === 'CANCELED' && said.state.status === 'CANCELED' && isOneOfSeveral(stage, userId);
    if (!local || !(sameSubscription(local, said.state) || isOneOfTheEnded)) {
      say(`here ${JSON.stringify(local)}, at Stripe ${JSON.stringify(said.state)}`);
      continue;
    }
    const { told } = stage.stripeOracle.booksOf(userId);
    if (item?.announced !== local.version || !told.has(local.version))
      say(`version ${local.version} was not announced`);
    const history = stage.table
      .partition(accountKey(userId).pk)
      .flatMap(({ sk, subscription }) => (String(sk).startsWith(HISTORY_PREFIX) ? subscription : []));
    if (history.length !== local.version)
      say(`the history has ${history.length} versions of ${local.version}`);
    if (accountOf(stage, userId)?.subscriptionVersion !== local.version)
      say('the account follows another version');
  }
}

/** Of several subscriptions that have all ended, either may be shown: their customers may be deleted, and none grants anything. */
function isOneOfSeveral({ stripe }: Stage, userId: string): boolean {
  return stripe.everyOneOf(userId).length > 1;
}

/** Accounts are on the plan that their subscription grants as long as it does, then on the default plan. */
export function judgeEntitlements(stage: Stage): void {
  for (const userId of stage.users) {
    const local = subscriptionIn(stage.table.get(subscriptionKey(userId)));
    const account = accountOf(stage, userId);
    const now = stage.world.now();
    if (!local || !account || account.validUntil <= now) continue;
    const [soon, late] = [now - MOMENT_MS, now + MOMENT_MS].map((at) => entitlement(local, at, DEFAULT_PLAN));
    if (soon?.isGranted !== late?.isGranted || !late) continue;
    const changes = stage.oracle.changesOf(userId).filter(({ kind }) => kind === 'plan');
    // A plan that was set by hand stays where nothing is paid for: the oracle of intent judges which.
    const isByHand = !late.isGranted && changes.some(({ reason }) => reason !== 'subscription');
    const { prices } = stage.stripeOracle;
    const isPaid = isPaidFor(stage.stripe.everyOneOf(userId), prices.now, late.planId, now);
    if (late.isGranted && !isPaid)
      stage.oracle.say('Stripe wins', `${userId} is granted ${late.planId}, and nothing is paid for`);
    const isRight = account.plan.id === late.planId && account.validUntil === late.validUntil;
    if (!isRight && !isByHand) {
      const is = `the account is on ${account.plan.id} until ${account.validUntil}`;
      stage.oracle.say('Stripe wins', `${userId}: ${is}, not on ${late.planId} until ${late.validUntil}`);
    }
  }
}

/** What all of a user's subscriptions say together, by what plans name now. */
function saidOf({ stripe, stripeOracle }: Stage, userId: string): SubscriptionVerdict {
  return evaluateSubscriptions(stripe.everyOneOf(userId), stripeOracle.prices.now);
}

function subscriptionIn(item: AttributeMap | undefined): Subscription | undefined {
  return item?.subscription as unknown as Subscription | undefined; // written by one store alone
}

function accountOf({ table }: Stage, userId: string): Account | undefined {
  const item = table.get(accountKey(userId));
  return item && fromAccountItem(item as unknown as AccountItem); // written by one store alone
}
