import type {
  ConfirmedInvoice,
  Page,
  StripeCustomer,
} from '../../../../shared/adapters/stripe/stripe-gateway.ts';
import type { StripeEvent } from '../../../../shared/domain/subscriptions/stripe-event.ts';
import {
  customerOf,
  type StripeSubscription,
} from '../../../../shared/domain/subscriptions/stripe-subscription.ts';
import type { World } from '../world.ts';
import { Customers } from './customers.ts';
import { confirmedInvoice, invoiceOf, typeOf } from './event-content.ts';
import type { StripeAction } from './stripe-action.ts';
import {
  begin,
  changed,
  changesAt,
  ended,
  isLiving,
  renewed,
  type SubscriptionChange,
  type Turn,
} from './subscription-life.ts';

/** A subscription's state from one of Stripe's changes on, until another. Changes are numbered in order. */
export interface StripeState {
  readonly since: number;
  readonly until: number;
  readonly subscription: StripeSubscription;
}

/** An event, and the change it reports. */
export interface EventRecord {
  readonly event: StripeEvent;
  readonly userId: string;
  readonly change: number;
  /** The act that caused it. */
  readonly act: number;
  /** When lists show it (epoch ms): a moment after it happened. */
  readonly listedAt: number;
}

/** Small, so that second pages occur. */
const PAGE_SIZE = { events: 2, subscriptions: 1 } as const;
const LISTED_AFTER_MS = 400;

/**
 * A model of Stripe in virtual time. Each user is one customer with subscriptions, and another customer after
 * a deletion. Responses are true when the request arrives; the simulated network delays and loses them.
 *
 * The Stripe simulator does not replace it: it answers by promises and timers of the real event loop, which
 * the virtual scheduler cannot order, takes milliseconds a call where a history has microseconds, and has no
 * record of every former state, which the oracle compares responses with. `stripe-histories` runs the service
 * against the simulator.
 */
export class VirtualStripe {
  readonly #world: World;
  readonly #until: number;
  readonly #onEvent: (record: EventRecord) => void;
  readonly #customers = new Customers();
  readonly #states = new Map<string, StripeState[]>();
  /** The user each subscription was made for: a payer's own reference counts for none. */
  readonly #intended = new Map<string, string>();
  readonly #records: EventRecord[] = [];
  readonly #invoices = new Map<string, ConfirmedInvoice>();
  #changes = 0;

  /** @param until when the last act of the history happens (epoch ms): after that nothing renews by itself */
  constructor(world: World, until: number, onEvent: (record: EventRecord) => void) {
    this.#world = world;
    this.#until = until;
    this.#onEvent = onEvent;
  }

  /** Executes an action of a user, or their bank. An impossible one does nothing. */
  act(action: StripeAction, userId: string, act: number): void {
    const { change } = action;
    if (!this.#do({ ...action, change }, userId, act))
      this.#world.trace(() => `Stripe  ${userId} ${change}: not possible`);
  }

  #do({ change, ...action }: StripeAction, userId: string, act: number): boolean {
    switch (change) {
      case 'delete customer':
        return this.#deleteCustomer(userId, act, action.isForgotten);
      case 'create and delete customer':
        this.#announceDeletion(this.#customers.add(userId), userId, act, action.isForgotten);
        return true;
      case 'pay by link':
        return this.#payByLink(action, userId, act);
      default:
        return this.#changeOne({ ...action, change }, userId, act);
    }
  }

  /** Neither the subscription nor its customer names a user; the session has the payer's reference. */
  #payByLink({ priceId }: Omit<StripeAction, 'change'>, reference: string, act: number): boolean {
    const [id, customer, at] = [`sub_${act}`, this.#customers.add(undefined), this.#seconds()];
    const turn = begin({
      id,
      customer,
      userId: '',
      priceId,
      isTrial: false,
      isUnpaid: false,
      percentOff: 0,
      at,
    });
    this.#turn({ ...turn, subscription: unnamed(turn.subscription) }, '', act);
    const session = { id: `cs_${act}`, customer, subscription: id, metadata: {} };
    this.#emit('checkout.session.completed', { ...session, client_reference_id: reference }, '', act);
    return true;
  }

  #changeOne(
    { change, ...action }: StripeAction & { readonly change: SubscriptionChange | 'subscribe' },
    userId: string,
    act: number,
  ): boolean {
    const at = this.#seconds();
    const isOther = change === 'subscribe' && action.isOtherCustomer;
    const customer = isOther ? this.#customers.add(userId) : this.#customers.of(userId);
    const living = this.#ofCustomer(customer).findLast(isLiving);
    const { priceId, isTrial, isUnpaid, percentOff = 0 } = action;
    const isRoom = !living || action.isAdditional;
    const turn =
      change === 'subscribe'
        ? isRoom && begin({ id: `sub_${act}`, customer, userId, priceId, isTrial, isUnpaid, percentOff, at })
        : living && changed(living, change, { at, priceId, isUnpaid, invoiceId: `in_${act}` });
    if (!turn) return false;
    if (change === 'subscribe') this.#intended.set(turn.subscription.id, userId);
    const isUnnamed = change === 'subscribe' && action.isUnnamed;
    this.#turn(isUnnamed ? { ...turn, subscription: unnamed(turn.subscription) } : turn, userId, act);
    return true;
  }

  /** Its subscriptions end at once. */
  #deleteCustomer(userId: string, act: number, isForgotten: boolean): boolean {
    const customer = this.#customers.of(userId);
    const own = this.#ofCustomer(customer);
    // Without its customer's name, no object at Stripe would name the owner of an unnamed subscription.
    if (own.length === 0 || own.some(({ metadata }) => metadata.userId === undefined)) return false;
    for (const subscription of own.filter(isLiving))
      this.#turn({ subscription: ended(subscription, this.#seconds()) }, userId, act);
    this.#announceDeletion(customer, userId, act, isForgotten);
    return true;
  }

  #announceDeletion(customer: string, userId: string, act: number, isForgotten: boolean): void {
    this.#customers.delete(customer, isForgotten);
    this.nextChange();
    this.#world.trace(() => `Stripe  change ${this.#changes}: ${customer} is deleted`);
    this.#emit('customer.deleted', { id: customer, metadata: { userId } }, userId, act);
  }

  /** The number of a change that happens now: of Stripe's own, or of another in the same numbering. */
  nextChange(): number {
    this.#changes += 1;
    return this.#changes;
  }

  #seconds(): number {
    return Math.floor(this.#world.now() / 1_000);
  }

  #turn({ subscription, invoice }: Turn, userId: string, act: number): void {
    const since = this.nextChange();
    const { id } = subscription;
    const before = this.#states.get(id) ?? [];
    const last = before.at(-1);
    const closed = last ? [...before.slice(0, -1), { ...last, until: since }] : [];
    const now = { since, until: Number.POSITIVE_INFINITY, subscription };
    this.#states.set(id, [...closed, now]);
    this.#world.trace(() => `Stripe  change ${since}: ${describe(subscription)}`);
    this.#emit(
      `customer.subscription.${typeOf(subscription, last?.subscription)}`,
      subscription,
      userId,
      act,
    );
    if (invoice) {
      this.#invoices.set(...confirmedInvoice(subscription, invoice));
      this.#emit(`invoice.${invoice}`, invoiceOf(subscription), userId, act);
    }
    this.#awaitNextTurn(subscription, userId, act);
  }

  #awaitNextTurn(subscription: StripeSubscription, userId: string, act: number): void {
    const at = changesAt(subscription);
    if (at === undefined || at * 1_000 > this.#until) return;
    this.#world.after(at * 1_000 - this.#world.now(), () => {
      const isStill = this.#states.get(subscription.id)?.at(-1)?.subscription === subscription;
      if (isStill) this.#turn(renewed(subscription, `in_${subscription.id}_${at}`), userId, act);
    });
  }

  #emit(type: string, object: object, userId: string, act: number): void {
    const [now, change] = [this.#world.now(), this.#changes];
    const event: StripeEvent = {
      id: `evt_${change}_${type.split('.').at(-1)}`,
      type,
      created: Math.floor(now / 1_000),
      data: { object },
    };
    const record = { event, userId, change, act, listedAt: now + LISTED_AFTER_MS };
    this.#records.unshift(record);
    this.#onEvent(record);
  }

  subscription(id: string): StripeSubscription | undefined {
    const found = this.#latest(id);
    return found && this.#expanded(found);
  }

  /** In the order in which they began. */
  subscriptionsOf(customerId: string): StripeSubscription[] {
    if (this.#customers.isForgotten(customerId)) return [];
    return this.#ofCustomer(customerId).map((one) => this.#expanded(one));
  }

  customer(id: string): StripeCustomer | undefined {
    return this.#customers.retrieve(id);
  }

  customersNamed(userId: string): string[] {
    const named = this.#all().filter(({ metadata }) => metadata.userId === userId);
    return [...new Set([...this.#customers.named(userId), ...named.map(customerOf)])];
  }

  invoice(id: string): ConfirmedInvoice | undefined {
    return this.#invoices.get(id);
  }

  /** The newest first. A list shows the latest invoice alone. */
  pageOfSubscriptions(after?: string): Page<StripeSubscription> {
    const listed = this.#all()
      .reverse()
      .map((subscription) =>
        this.#expanded({ ...subscription, invoices: subscription.invoices?.slice(0, 1) }),
      );
    return pageOf(listed, PAGE_SIZE.subscriptions, ({ id }) => id === after);
  }

  /** The newest first. */
  pageOfEvents(sinceMs: number, after?: string): Page<StripeEvent> {
    const listed = this.#records
      .filter(
        ({ event, listedAt }) =>
          event.created >= Math.floor(sinceMs / 1_000) && listedAt <= this.#world.now(),
      )
      .map(({ event }) => event);
    return pageOf(listed, PAGE_SIZE.events, ({ id }) => id === after);
  }

  /** All states that a subscription ever had. */
  statesOf(subscriptionId: string): readonly StripeState[] {
    return this.#states.get(subscriptionId) ?? [];
  }

  recordOf(eventId: string): EventRecord | undefined {
    return this.#records.find(({ event }) => event.id === eventId);
  }

  /** Those made for a user, whatever their metadata names. */
  everyOneOf(userId: string): StripeSubscription[] {
    return this.#all().filter(({ id }) => this.#intended.get(id) === userId);
  }

  #latest(id: string): StripeSubscription | undefined {
    return this.#states.get(id)?.at(-1)?.subscription;
  }

  /** With its customer, as the service requests it. */
  #expanded(subscription: StripeSubscription): StripeSubscription {
    const id = customerOf(subscription);
    const { isDeleted = true, metadata = {} } = this.#customers.retrieve(id) ?? {};
    return { ...subscription, customer: isDeleted ? { id } : { id, metadata } };
  }

  #ofCustomer(customerId: string): StripeSubscription[] {
    return this.#all().filter(({ customer }) => customer === customerId);
  }

  #all(): StripeSubscription[] {
    return [...this.#states.values()].flatMap((states) => states.at(-1)?.subscription ?? []);
  }
}

function pageOf<T>(list: readonly T[], size: number, isLast: (item: T) => boolean): Page<T> {
  const from = list.findIndex(isLast) + 1;
  const items = list.slice(from, from + size);
  return { items, hasMore: from + items.length < list.length };
}

function describe({ id, status, items, cancel_at_period_end }: StripeSubscription): string {
  const [item] = items.data;
  const until = new Date((item?.current_period_end ?? 0) * 1_000).toISOString().slice(0, 16);
  return `${id} ${status}, ${item?.price.id} until ${until}${cancel_at_period_end ? ', then it ends' : ''}`;
}

function unnamed(subscription: StripeSubscription): StripeSubscription {
  const { userId: _, ...metadata } = subscription.metadata;
  return { ...subscription, metadata };
}
