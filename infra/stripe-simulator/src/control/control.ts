import { addDefaultCard, detachCard } from '../customers/payment-methods.ts';
import { payCheckout } from '../pages/checkout.ts';
import { actInPortal, type PortalAction } from '../pages/portal.ts';
import type { Api, CallRecord } from '../server/api.ts';
import type { Fault } from '../server/faults.ts';
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
  readonly secrets: Map<string, readonly string[]>;
  readonly mode: 'at-once' | 'manual';
}

/** What a test, or a person, does to the simulated account from outside of the API. */
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
   * Moves the clock on. All that is due on the way happens in its order and at its time; what was set in motion by it
   * is delivered before the clock goes on.
   *
   * @param toMs epoch milliseconds
   * @param moveTo moves the clock. @default this simulator's alone
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

  /** Does what has become due since the clock, which runs by itself, was last looked at. */
  runDue(): void {
    const { world, clock } = this.#parts;
    let hasRun = false;
    while (world.main.runNext(clock.now())) hasRun = true;
    if (hasRun) world.onChange();
  }

  /** Begins to deliver, where deliveries were held. */
  resumeDeliveries(): void {
    this.#parts.deliveries.resume();
  }

  /**
   * What becomes of the next payments of a customer. A customer without a card gets one; one with a card keeps it, and
   * the bank thinks otherwise of it. `none` takes all cards away.
   */
  setCard(customerId: string, card: CardBehaviour | 'none'): void {
    const { world } = this.#parts;
    const customer = world.customers.get(customerId);
    if (!customer) throw new Error(`There is no customer ${customerId}.`);
    const cards = [...world.paymentMethods.oldestFirst()].filter((owned) => owned.customer === customerId);
    world.automatically(() => {
      if (card === 'none') for (const owned of cards) detachCard(world, owned);
      else if (cards.length === 0) addDefaultCard(world, customer, card);
      else for (const { id } of cards) world.cards.set(id, card);
    });
  }

  /** Pays a checkout session, as its page does. Returns whether it is complete now. */
  payCheckout(sessionId: string, card: CardBehaviour = 'works'): boolean {
    const { world } = this.#parts;
    const session = world.checkoutSessions.get(sessionId);
    if (!session) throw new Error(`There is no checkout session ${sessionId}.`);
    return world.automatically(() => payCheckout(world, session, card));
  }

  /** Does what a customer does on the portal's page. @throws ApiError when it is not possible */
  actInPortal(subscriptionId: string, action: PortalAction): void {
    const { world } = this.#parts;
    const subscription = world.subscriptions.get(subscriptionId);
    if (!subscription) throw new Error(`There is no subscription ${subscriptionId}.`);
    world.automatically(() => actInPortal(world, subscription, action));
  }

  /** Makes calls to come fail, or answers them late. */
  failNext(fault: Fault): void {
    this.#parts.api.faults.add(fault);
  }

  clearFaults(): void {
    this.#parts.api.faults.clear();
  }

  /** How events arrive from now on. */
  setDeliveryConditions(conditions: DeliveryConditions): void {
    this.#parts.deliveries.setConditions(conditions);
  }

  pendingDeliveries(): readonly Delivery[] {
    return [...this.#parts.deliveries.waiting];
  }

  /** Delivers so many of those that wait, oldest first, or those given, in the order given. @default all */
  async deliver(next: number | readonly Delivery[] = Number.POSITIVE_INFINITY): Promise<DeliveryOutcome[]> {
    const { deliveries } = this.#parts;
    return deliveries.deliver(typeof next === 'number' ? deliveries.waiting.slice(0, next) : [...next]);
  }

  /** Lets events get lost on their way. */
  dropDeliveries(lost: readonly Delivery[]): void {
    this.#parts.deliveries.drop(lost);
  }

  /** Sends an event once more. */
  repeatEvent(eventId: string): void {
    const { world, deliveries } = this.#parts;
    const event = world.events.get(eventId);
    if (!event) throw new Error(`There is no event ${eventId}.`);
    deliveries.repeat(event);
  }

  /** Every attempt to deliver so far. */
  deliveryOutcomes(): readonly DeliveryOutcome[] {
    return this.#parts.deliveries.outcomes;
  }

  /** Resolves when all that is due has been delivered. */
  async settled(): Promise<void> {
    await this.#parts.deliveries.settled();
  }

  /** Registers an endpoint with given secrets, all of which sign. Returns its id. */
  addWebhookEndpoint(
    url: string,
    secrets: readonly string[],
    enabledEvents: readonly string[] = ['*'],
  ): string {
    const { world, secrets: known } = this.#parts;
    return createEndpoint(world, known, { url, enabledEvents }, secrets).id;
  }

  /** Makes many paying customers at once, without events. */
  seedSubscriptions(options: SeedOptions): readonly StoredSubscription[] {
    return seedSubscriptions(this.#parts.world, options);
  }

  /** Every API call so far. */
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
