import { addDefaultCard, detachCard } from '../customers/payment-methods.ts';
import { payCheckout } from '../pages/checkout.ts';
import { actInPortal, type PortalAction } from '../pages/portal.ts';
import type { Api, CallRecord } from '../server/api.ts';
import type { InjectedFailure } from '../server/injected-failures.ts';
import type { SimulatorClock } from '../time/clock.ts';
import type { Deliveries, DeliveryOutcome } from '../webhooks/deliveries.ts';
import type { DeliveryConditions } from '../webhooks/delivery-conditions.ts';
import { createEndpoint } from '../webhooks/webhook-endpoints.ts';
import type { CardBehaviour, Delivery } from '../world/pending-work.ts';
import type { StoredSubscription } from '../world/stored-objects.ts';
import type { World } from '../world/world.ts';
import { type SeedOptions, seedSubscriptions } from './seed-subscriptions.ts';

interface Parts {
  readonly world: World;
  readonly api: Api;
  readonly clock: SimulatorClock;
  readonly deliveries: Deliveries;
  readonly mode: 'at-once' | 'manual';
}

/** Controls the simulated account from outside the API: time, cards, pages, failures and deliveries. */
export class SimulatorControl {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Epoch milliseconds. */
  nowMs(): number {
    return this.#parts.clock.nowMs();
  }

  /**
   * Advances the clock. Tasks due on the way run in order, each at its time, and their events are delivered
   * before the clock advances further.
   *
   * @param toMs epoch milliseconds
   * @param moveTo moves the clock. @default moves this simulator's clock only
   */
  async advanceTo(
    toMs: number,
    moveTo: (toMs: number) => void = (atMs) => this.#parts.clock.moveTo(atMs),
  ): Promise<void> {
    const { world } = this.#parts;
    const until = Math.floor(toMs / 1_000);
    await this.#settleWhenAtOnce();
    for (let at = world.main.nextAt(); at !== undefined && at <= until; at = world.main.nextAt()) {
      moveTo(at * 1_000);
      world.main.runNext(at);
      await this.#settleWhenAtOnce();
    }
    moveTo(toMs);
    world.onChange();
  }

  async advanceBy(ms: number): Promise<void> {
    await this.advanceTo(this.nowMs() + ms);
  }

  /** Runs the tasks that have become due on a running clock. */
  runDue(): void {
    const { world, clock } = this.#parts;
    let hasRun = false;
    while (world.main.runNext(clock.now())) hasRun = true;
    if (hasRun) world.onChange();
  }

  /** Starts deliveries that were held. */
  resumeDeliveries(): void {
    this.#parts.deliveries.resume();
  }

  /**
   * Sets whether a customer's next payments succeed. Adds a card if there is none; otherwise changes the
   * behaviour of the existing cards. `none` removes all cards.
   */
  setCard(customerId: string, card: CardBehaviour | 'none'): void {
    const { world } = this.#parts;
    const customer = world.customers.get(customerId);
    if (!customer) throw new Error(`No such customer: ${customerId}.`);
    const cards = [...world.paymentMethods.oldestFirst()].filter((owned) => owned.customer === customerId);
    world.automatically(() => {
      if (card === 'none') for (const owned of cards) detachCard(world, owned);
      else if (cards.length === 0) addDefaultCard(world, customer, card);
      else for (const { id } of cards) world.cards.set(id, card);
    });
  }

  /** Pays a checkout session, as its page does. Returns whether the session is complete. */
  payCheckout(sessionId: string, card: CardBehaviour = 'works'): boolean {
    const { world } = this.#parts;
    const session = world.checkoutSessions.get(sessionId);
    if (!session) throw new Error(`No such checkout session: ${sessionId}.`);
    return world.automatically(() => payCheckout(world, session, card));
  }

  /** Performs a customer's action on the portal page. @throws ApiError if it is not possible */
  actInPortal(subscriptionId: string, action: PortalAction): void {
    const { world } = this.#parts;
    const subscription = world.subscriptions.get(subscriptionId);
    if (!subscription) throw new Error(`No such subscription: ${subscriptionId}.`);
    world.automatically(() => actInPortal(world, subscription, action));
  }

  /** Makes later calls fail, or delays their responses. */
  failNext(failure: InjectedFailure): void {
    this.#parts.api.failures.add(failure);
  }

  clearFailures(): void {
    this.#parts.api.failures.clear();
  }

  /** Sets how later events are delivered. */
  setDeliveryConditions(conditions: DeliveryConditions): void {
    this.#parts.deliveries.setConditions(conditions);
  }

  pendingDeliveries(): readonly Delivery[] {
    return [...this.#parts.deliveries.waiting];
  }

  /** Delivers a number of pending deliveries, oldest first, or the given ones in order. @default all */
  async deliver(next: number | readonly Delivery[] = Number.POSITIVE_INFINITY): Promise<DeliveryOutcome[]> {
    const { deliveries } = this.#parts;
    return deliveries.deliver(typeof next === 'number' ? deliveries.waiting.slice(0, next) : [...next]);
  }

  /** Drops deliveries, as if the network lost them. */
  dropDeliveries(lost: readonly Delivery[]): void {
    this.#parts.deliveries.drop(lost);
  }

  /** Delivers an event again. */
  repeatEvent(eventId: string): void {
    const { world, deliveries } = this.#parts;
    const event = world.events.get(eventId);
    if (!event) throw new Error(`No such event: ${eventId}.`);
    deliveries.repeat(event);
  }

  /** All delivery attempts so far. */
  deliveryOutcomes(): readonly DeliveryOutcome[] {
    return this.#parts.deliveries.outcomes;
  }

  /** Resolves when all due deliveries were attempted. */
  async settled(): Promise<void> {
    await this.#parts.deliveries.settled();
  }

  /** Registers an endpoint with secrets, each of which signs. Returns its id. */
  addWebhookEndpoint(
    url: string,
    secrets: readonly string[],
    enabledEvents: readonly string[] = ['*'],
  ): string {
    return createEndpoint(this.#parts.world, { url, enabledEvents }, secrets).id;
  }

  /** Creates many paying customers without events. */
  seedSubscriptions(options: SeedOptions): readonly StoredSubscription[] {
    return seedSubscriptions(this.#parts.world, options);
  }

  /** All API calls so far. */
  calls(): readonly CallRecord[] {
    return this.#parts.api.calls;
  }

  forgetCalls(): void {
    this.#parts.api.calls.length = 0;
  }

  async #settleWhenAtOnce(): Promise<void> {
    if (this.#parts.mode === 'at-once') await this.#parts.deliveries.settled();
  }
}
