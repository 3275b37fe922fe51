import {
  paymentKey,
  stripeEventKey,
  subscriptionKey,
  userIdOf,
} from '../../../../shared/adapters/dynamodb/keys.ts';
import type { Account } from '../../../../shared/domain/account.ts';
import { effectsOf } from '../../../../shared/domain/subscriptions/stripe-event.ts';
import {
  buysPlan,
  type PlanOfPrice,
  type StripeSubscription,
  toState,
} from '../../../../shared/domain/subscriptions/stripe-subscription.ts';
import {
  entitlement,
  type Subscription,
  sameSubscription,
} from '../../../../shared/domain/subscriptions/subscription.ts';
import type { MemoryTable, Written } from '../dynamodb/memory-table.ts';
import type { Oracle } from '../oracle.ts';
import { debtOf, granted, mayGrant } from './paid-for.ts';
import { PriceList } from './price-list.ts';
import type { EventRecord, VirtualStripe } from './virtual-stripe.ts';

export const DEFAULT_PLAN = 'free';

/** A user's stored subscription. */
interface Saved {
  readonly version: number;
  readonly announced: number;
  readonly subscription: Subscription;
}

/** The books of one user: every saved version, the announced ones, and the Stripe change behind them. */
interface Books {
  readonly versions: Map<number, Subscription>;
  readonly published: Set<number>;
  change: number;
}

/**
 * Observes the writes of subscriptions, and their effect on accounts. It records every state of Stripe, and
 * so knows the change behind a saved version.
 */
export class StripeOracle {
  /** The current and former prices of plans. */
  readonly prices: PriceList;
  readonly #oracle: Oracle;
  readonly #stripe: VirtualStripe;
  readonly #books = new Map<string, Books>();
  /** Users whose subscription granted their account's plan when that was last applied. */
  readonly #granted = new Set<string>();

  constructor(oracle: Oracle, stripe: VirtualStripe) {
    this.#oracle = oracle;
    this.#stripe = stripe;
    this.prices = new PriceList(() => stripe.nextChange());
  }

  onWrite(table: MemoryTable, written: Written): void {
    const { key, before, after } = written;
    this.prices.onWrite(written);
    if (key.sk === subscriptionKey('').sk) {
      if (after?.subscription)
        this.#onSubscription(userIdOf(key.pk), before as Saved | undefined, after as unknown as Saved);
      else if (!after || before?.subscription) this.#report(`${key.pk} lost its subscription`);
    }
    if (key.sk === stripeEventKey('').sk && after?.state === 'done') this.#onDone(table, key.pk);
  }

  /** The bus received the new state of a subscription. */
  onPublished({ userId, version, ...state }: Subscription): void {
    const books = this.booksOf(userId);
    const saved = books.versions.get(version);
    if (!saved || !sameSubscription(saved, state))
      this.#report(`${userId}: version ${version} was announced, and never saved like that`);
    books.published.add(version);
  }

  booksOf(userId: string): Books {
    const books = this.#books.get(userId) ?? { versions: new Map(), published: new Set(), change: 0 };
    this.#books.set(userId, books);
    return books;
  }

  /** The effect on an account of the version that it claims to follow. */
  onAccount(before: Account | undefined, { userId, version, change, ...account }: Account): void {
    const { subscriptionVersion: follows, plan, validUntil } = account;
    if (follows < (before?.subscriptionVersion ?? 0))
      this.#report(`${userId}: version ${version} follows an older subscription than the one before`);
    const isPlanOver = before !== undefined && before.validUntil <= (change?.at ?? 0);
    const wasGranted = this.#granted.has(userId) && !isPlanOver;
    if (isPlanOver) this.#granted.delete(userId);
    if (change?.kind !== 'plan' || change.reason !== 'subscription') return;
    const subscription = this.booksOf(userId).versions.get(follows);
    if (!subscription) {
      this.#report(`${userId}: version ${version} follows a missing subscription`);
      return;
    }
    const entitled = entitlement(subscription, change.at, DEFAULT_PLAN);
    if (entitled.isGranted && !mayGrant(subscription.stripeStatus))
      this.#report(`${userId}: version ${version} is granted a plan that is ${subscription.stripeStatus}`);
    if (entitled.isGranted) this.#granted.add(userId);
    else this.#granted.delete(userId);
    if (!entitled.isGranted && !wasGranted) {
      // Nothing was granted before, either: support's plan stays.
      const intended = before && !isPlanOver ? before.plan.id : DEFAULT_PLAN;
      if (plan.id !== intended) this.#report(`${userId}: version ${version} takes the plan ${intended} away`);
      return;
    }
    if (plan.id !== entitled.planId || validUntil !== entitled.validUntil)
      this.#report(
        `${userId}: version ${version} is on ${plan.id} until ${validUntil}, not as version ${follows} says`,
      );
  }

  #onSubscription(userId: string, before: Saved | undefined, after: Saved): void {
    const { version, announced, subscription } = after;
    const books = this.booksOf(userId);
    if (announced > 0 && !books.published.has(announced))
      this.#report(`${userId}: ${announced} counts as announced, and was never received`);
    if (version === before?.version) {
      if (!sameSubscription(before.subscription, subscription))
        this.#report(`${userId}: version ${version} was overwritten`);
      return;
    }
    if (version !== (before?.version ?? 0) + 1 || subscription.version !== version)
      this.#report(`${userId}: version ${version} follows ${before?.version ?? 'nothing'}`);
    if (subscription.planId === null && mayGrant(subscription.stripeStatus))
      this.#report(`${userId}: version ${version} has a price that no plan names`);
    if (!this.#isGraceOf(subscription))
      this.#report(`${userId}: version ${version} has a grace period that Stripe's dates do not give`);
    const change = this.#changeOf(subscription, books.change);
    if (change === undefined)
      this.#report(`${userId}: version ${version} is older than change ${books.change}, or never was so`);
    books.change = change ?? books.change;
    books.versions.set(version, subscription);
  }

  /** Whether a grace period has the length of docs/stripe.md, and the plan that was paid for before. */
  #isGraceOf({ subscriptionId, unpaidSince, graceEndsAt, paidPlanId }: Subscription): boolean {
    if (unpaidSince === null) return true;
    const names = this.prices.ever.map(({ planOfPrice }) => planOfPrice);
    return this.#stripe.statesOf(subscriptionId).some(({ subscription }) =>
      names.some((named) => {
        const right = granted({ ...subscription, cancel_at: null }, named);
        const isSince = debtOf(subscription, named)?.since === unpaidSince / 1_000;
        if (!isSince || !right || paidPlanId === null) return isSince && !right === (paidPlanId === null);
        return right.untilMs === graceEndsAt && named.get(right.priceId) === paidPlanId;
      }),
    );
  }

  /**
   * A change, not before `least`, whose result is the saved subscription, by the plans of that time or later.
   * Of several the first suffices: any later one may follow it.
   */
  #changeOf(saved: Subscription, least: number): number | undefined {
    const later = this.prices.ever.filter(({ until }) => until > least);
    for (const { since, until, subscription } of this.#stripe.statesOf(saved.subscriptionId)) {
      if (until <= least) continue;
      const named = later.find(({ planOfPrice }) => isSavedFrom(subscription, planOfPrice, saved));
      if (named) return Math.max(since, named.since, least);
    }
    return undefined;
  }

  /**
   * A writer that marks an event done has read Stripe's state of that time, or later, and stored the payment.
   */
  #onDone(table: MemoryTable, partitionKey: string): void {
    const record = this.#stripe.recordOf(partitionKey.slice(stripeEventKey('').pk.length));
    if (!record) {
      this.#report(`${partitionKey} is done, and never existed`);
      return;
    }
    const { event, userId, change } = record;
    const item = table.get(subscriptionKey(userId));
    const saved = item?.subscription ? (item as unknown as Saved) : undefined;
    if (!saved && this.#isOfNothing(record)) return;
    if (!saved || this.#changeOf(saved.subscription, change) === undefined)
      this.#report(`${event.id} is done, and ${userId} is older than Stripe's state then`);
    const isPaid = !event.type.startsWith('invoice.');
    if (!isPaid && !table.get(paymentKey(userId, event.created * 1_000, event.id)))
      this.#report(`${event.id} is done, and its payment is missing`);
  }

  /**
   * A customer was deleted before any of its data was saved, and no list shows a subscription of it that buys
   * a plan.
   */
  #isOfNothing({ event }: EventRecord): boolean {
    const { customerId = '' } = effectsOf(event) ?? {};
    const listed = this.#stripe.subscriptionsOf(customerId);
    const isBought = listed.some((subscription) => buysPlan(subscription, this.prices.now));
    return event.type === 'customer.deleted' && !isBought;
  }

  #report(text: string): void {
    this.#oracle.report('Stripe wins', text);
  }
}

/** Whether a saved state results from a subscription; one with an unknown price is as a missing one. */
function isSavedFrom(
  subscription: StripeSubscription,
  planOfPrice: PlanOfPrice,
  saved: Subscription,
): boolean {
  const { runningSubscriptions } = saved;
  if (!buysPlan(subscription, planOfPrice)) return saved.status === 'CANCELED' && runningSubscriptions === 0;
  return sameSubscription(saved, { ...toState(subscription, planOfPrice), runningSubscriptions });
}
