import type {
  ListedSubscription,
  Page,
  StripeCustomer,
} from '../../../shared/adapters/stripe/stripe-gateway.ts';
import type { StripeEvent } from '../../../shared/domain/stripe-event.ts';
import type { StripeSubscription } from '../../../shared/domain/stripe-subscription.ts';
import type { World } from '../world.ts';
import type { PriceId } from './prices.ts';
import {
  begin,
  changed,
  customerIdOf,
  isLiving,
  periodEndOf,
  renewed,
  type StripeChange,
  type Turn,
} from './subscription-life.ts';

/** What is to happen at Stripe. */
export interface StripeDeed {
  readonly change: StripeChange;
  readonly priceId: PriceId;
  readonly isTrial: boolean;
  /** Whether a second subscription may begin beside one that lives. */
  readonly isBeside: boolean;
}

/** What a subscription was from one of Stripe's changes on, until another. Every change has a number, in their order. */
export interface Said {
  readonly since: number;
  readonly until: number;
  readonly subscription: StripeSubscription;
}

/** An event, and which change it tells of. */
export interface News {
  readonly event: StripeEvent;
  readonly userId: string;
  readonly change: number;
  /** The act that brought it about. */
  readonly act: number;
  /** When it can be seen in a list (epoch ms): a moment after it happened. */
  readonly listedAt: number;
}

/** Small, so that second pages come by. */
const PAGE_SIZE = { events: 2, subscriptions: 1 } as const;
const LISTED_AFTER_MS = 400;

/**
 * Stripe, as far as the service knows it: every user is one customer, whose subscriptions live and end in virtual time.
 * What it says is true at the moment at which it is asked; getting there and back is the network's.
 */
export class VirtualStripe {
  readonly #world: World;
  readonly #until: number;
  readonly #onNews: (news: News) => void;
  readonly #said = new Map<string, Said[]>();
  readonly #news: News[] = [];
  #changes = 0;

  /**
   * @param until when the last act of the history happens (epoch ms): after that nothing renews by itself
   */
  constructor(world: World, until: number, onNews: (news: News) => void) {
    this.#world = world;
    this.#until = until;
    this.#onNews = onNews;
  }

  /** Lets a user, or their bank, do something. What is not possible as things are does not happen. */
  act({ change, priceId, isTrial, isBeside }: StripeDeed, userId: string, act: number): void {
    const at = Math.floor(this.#world.now() / 1_000);
    const living = this.subscriptionsOf(customerIdOf(userId)).findLast(isLiving);
    const place = { at, priceId, invoiceId: `in_${act}` };
    const isRoom = !living || isBeside;
    const turn =
      change === 'subscribe'
        ? isRoom && begin({ id: `sub_${act}`, userId, priceId, isTrial, at })
        : living && changed(living, change, place);
    if (turn) this.#turn(turn, userId, act);
    else this.#world.trace(() => `Stripe  ${userId} ${change}: not possible`);
  }

  #turn({ subscription, invoice }: Turn, userId: string, act: number): void {
    this.#changes += 1;
    const { id, status } = subscription;
    const before = this.#said.get(id) ?? [];
    const last = before.at(-1);
    const closed = last ? [...before.slice(0, -1), { ...last, until: this.#changes }] : [];
    const now = { since: this.#changes, until: Number.POSITIVE_INFINITY, subscription };
    this.#said.set(id, [...closed, now]);
    this.#world.trace(() => `Stripe  change ${this.#changes}: ${describe(subscription)}`);
    const type = last ? (status === 'canceled' ? 'deleted' : 'updated') : 'created';
    this.#tell(`customer.subscription.${type}`, subscription, userId, act);
    if (invoice) this.#tell(`invoice.${invoice}`, invoiceOf(subscription), userId, act);
    this.#awaitPeriodEnd(subscription, userId, act);
  }

  #awaitPeriodEnd(subscription: StripeSubscription, userId: string, act: number): void {
    const end = periodEndOf(subscription);
    if (!isLiving(subscription) || end * 1_000 > this.#until) return;
    this.#world.after(end * 1_000 - this.#world.now(), () => {
      const isStill = this.#said.get(subscription.id)?.at(-1)?.subscription === subscription;
      if (isStill) this.#turn(renewed(subscription, `in_${subscription.id}_${end}`), userId, act);
    });
  }

  #tell(type: string, object: object, userId: string, act: number): void {
    const [now, change] = [this.#world.now(), this.#changes];
    const event: StripeEvent = {
      id: `evt_${change}_${type.split('.').at(-1)}`,
      type,
      created: Math.floor(now / 1_000),
      data: { object },
    };
    const news = { event, userId, change, act, listedAt: now + LISTED_AFTER_MS };
    this.#news.unshift(news);
    this.#onNews(news);
  }

  subscription(id: string): StripeSubscription | undefined {
    return this.#said.get(id)?.at(-1)?.subscription;
  }

  /** In the order in which they began. */
  subscriptionsOf(customerId: string): StripeSubscription[] {
    return this.#all().filter(({ customer }) => customer === customerId);
  }

  customer(id: string): StripeCustomer {
    return { id, isDeleted: false, userId: id.slice(customerIdOf('').length) };
  }

  /** The newest first. A list does not say since when something is unpaid. */
  pageOfSubscriptions(after?: string): Page<ListedSubscription> {
    const listed = this.#all()
      .reverse()
      .map(({ unpaidSince: _, ...subscription }) => ({ subscription, userId: subscription.metadata.userId }));
    return pageOf(listed, PAGE_SIZE.subscriptions, ({ subscription }) => subscription.id === after);
  }

  /** The newest first. */
  pageOfEvents(sinceMs: number, after?: string): Page<StripeEvent> {
    const listed = this.#news
      .filter(
        ({ event, listedAt }) =>
          event.created >= Math.floor(sinceMs / 1_000) && listedAt <= this.#world.now(),
      )
      .map(({ event }) => event);
    return pageOf(listed, PAGE_SIZE.events, ({ id }) => id === after);
  }

  /** All that a subscription ever was. */
  said(subscriptionId: string): readonly Said[] {
    return this.#said.get(subscriptionId) ?? [];
  }

  newsOf(eventId: string): News | undefined {
    return this.#news.find(({ event }) => event.id === eventId);
  }

  #all(): StripeSubscription[] {
    return [...this.#said.values()].flatMap((said) => said.at(-1)?.subscription ?? []);
  }
}

function pageOf<T>(list: readonly T[], size: number, isLast: (item: T) => boolean): Page<T> {
  const from = list.findIndex(isLast) + 1;
  const items = list.slice(from, from + size);
  return { items, hasMore: from + items.length < list.length };
}

function invoiceOf({ id, customer, latest_invoice }: StripeSubscription): object {
  const money = { amount_paid: 1_000, amount_due: 1_000, currency: 'usd', attempt_count: 1 };
  return { id: latest_invoice, customer, parent: { subscription_details: { subscription: id } }, ...money };
}

function describe({ id, status, items, cancel_at_period_end }: StripeSubscription): string {
  const [item] = items.data;
  const until = new Date((item?.current_period_end ?? 0) * 1_000).toISOString().slice(0, 16);
  return `${id} ${status}, ${item?.price.id} until ${until}${cancel_at_period_end ? ', then it ends' : ''}`;
}
