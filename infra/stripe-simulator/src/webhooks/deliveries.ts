import type { Delivery } from '../world/pending-work.ts';
import type { StoredEvent } from '../world/stored-objects.ts';
import type { World } from '../world/world.ts';
import { type DeliveryConditions, DeliveryRandomizer } from './delivery-conditions.ts';
import { postWebhook, type WebhookReceiver } from './post-webhook.ts';
import { signatureHeader } from './webhook-signature.ts';

/** The outcome of one attempt. `status` is undefined if there was no response. */
export interface DeliveryOutcome {
  readonly delivery: Delivery;
  readonly status: number | undefined;
  readonly delivered: boolean;
}

interface DeliveryOptions {
  readonly mode: 'at-once' | 'manual';
  readonly conditions: DeliveryConditions;
  /** The signed timestamp, in seconds. */
  readonly signedAt: () => number;
  /** Receives deliveries in place of HTTP. */
  readonly receiver: WebhookReceiver | undefined;
  /** Holds deliveries until `resume`. */
  readonly held: boolean;
}

/** Delivers events to the endpoints, one at a time, in order unless the conditions reorder them. */
export class Deliveries {
  readonly #world: World;
  readonly #options: DeliveryOptions;
  readonly #outcomes: DeliveryOutcome[] = [];
  #randomizer: DeliveryRandomizer;
  #pump: Promise<void> | undefined;
  #isStopped: boolean;

  constructor(world: World, options: DeliveryOptions) {
    this.#world = world;
    this.#options = options;
    this.#randomizer = new DeliveryRandomizer(options.conditions);
    this.#isStopped = options.held;
    world.onEvent = (event) => this.#take(event);
    world.onDeliveryDue = (id) => this.#enqueueLater(id);
  }

  get waiting(): readonly Delivery[] {
    return this.#waiting;
  }

  /** Starts to deliver, first the deliveries that a restored world had in flight or pending. */
  resume(): void {
    this.#isStopped = false;
    this.#waiting.unshift(...this.#world.deliveriesUnderWay.values());
    this.#world.deliveriesUnderWay.clear();
    this.#start();
  }

  /** All attempts so far, in order. */
  get outcomes(): readonly DeliveryOutcome[] {
    return this.#outcomes;
  }

  setConditions(conditions: DeliveryConditions): void {
    this.#randomizer = new DeliveryRandomizer(conditions);
  }

  /** Delivers some of the pending deliveries, in this order. A failed one is scheduled for a retry. */
  async deliver(deliveries: readonly Delivery[]): Promise<DeliveryOutcome[]> {
    const outcomes: DeliveryOutcome[] = [];
    for (const { id } of deliveries) {
      const index = this.#waiting.findIndex((waiting) => waiting.id === id);
      const [delivery] = index < 0 ? [] : this.#waiting.splice(index, 1);
      if (delivery) outcomes.push(await this.#attempt(delivery));
    }
    return outcomes;
  }

  /** Drops deliveries. */
  drop(deliveries: readonly Delivery[]): void {
    for (const { id } of deliveries) {
      const index = this.#waiting.findIndex((waiting) => waiting.id === id);
      if (index >= 0) this.#waiting.splice(index, 1);
    }
  }

  /** Delivers an event again, whatever its outcome was. */
  repeat(event: StoredEvent): void {
    for (const endpoint of this.#endpointsFor(event)) this.#enqueue(event, endpoint);
  }

  /** Resolves when no due delivery is pending. */
  async settled(): Promise<void> {
    while (this.#pump) await this.#pump;
  }

  /** Stops delivering; pending deliveries stay in the world. */
  stop(): void {
    this.#isStopped = true;
  }

  get #waiting(): Delivery[] {
    return this.#world.waitingDeliveries;
  }

  #take(event: StoredEvent): void {
    const endpoints = this.#endpointsFor(event);
    event.pending_webhooks = endpoints.length;
    for (const endpoint of endpoints) {
      this.#randomizer.next().delays.forEach((delay, copy) => {
        if (delay === 0) this.#enqueue(event, endpoint);
        else
          this.#scheduleLater({ id: `${event.id}/${endpoint}/${copy}`, event, endpoint, attempts: 0 }, delay);
      });
    }
  }

  #endpointsFor(event: StoredEvent): string[] {
    return [...this.#world.webhookEndpoints.oldestFirst()]
      .filter(({ status }) => status === 'enabled')
      .filter(({ enabled_events }) => enabled_events.some((name) => name === '*' || name === event.type))
      .map(({ id }) => id);
  }

  /** @param delay seconds */
  #scheduleLater(delivery: Delivery, delay: number): void {
    const { laterDeliveries, main } = this.#world;
    laterDeliveries.set(delivery.id, delivery);
    main.schedule({ name: 'deliver', id: delivery.id }, main.now() + delay);
  }

  #enqueueLater(id: string): void {
    const delivery = this.#world.laterDeliveries.get(id);
    this.#world.laterDeliveries.delete(id);
    if (delivery) this.#enqueue(delivery.event, delivery.endpoint, delivery.attempts);
  }

  #enqueue(event: StoredEvent, endpoint: string, attempts = 0): void {
    this.#waiting.push({ id: `delivery_${++this.#world.deliveriesMade}`, event, endpoint, attempts });
    this.#start();
  }

  #start(): void {
    if (this.#options.mode === 'at-once' && !this.#isStopped) this.#pump ??= this.#run();
  }

  async #run(): Promise<void> {
    // All events of the current call are recorded before the first is delivered.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#waiting.length > 0 && !this.#isStopped) {
      const [delivery] = this.#waiting.splice(this.#randomizer.pick(this.#waiting.length), 1);
      if (delivery) await this.#attempt(delivery);
    }
    this.#pump = undefined;
  }

  async #attempt(waiting: Delivery): Promise<DeliveryOutcome> {
    const delivery = { ...waiting, attempts: waiting.attempts + 1 };
    this.#world.deliveriesUnderWay.set(waiting.id, waiting);
    const status = await this.#post(delivery);
    this.#world.deliveriesUnderWay.delete(waiting.id);
    const delivered = status !== undefined && status >= 200 && status < 300;
    const { event, endpoint } = delivery;
    if (delivered) event.pending_webhooks = Math.max(0, event.pending_webhooks - 1);
    else if (this.#world.webhookEndpoints.get(endpoint)) this.#scheduleRetry(delivery);
    const outcome = { delivery, status, delivered };
    this.#outcomes.push(outcome);
    this.#world.onChange();
    return outcome;
  }

  /** Resolves to the status of the response; undefined if there was none, or no endpoint. */
  async #post({ event, endpoint }: Delivery): Promise<number | undefined> {
    const url = this.#world.webhookEndpoints.get(endpoint)?.url;
    const payload = JSON.stringify(event, null, 2);
    const secrets = this.#world.webhookSecrets.get(endpoint) ?? [];
    const signature = signatureHeader(payload, secrets, this.#options.signedAt());
    return url === undefined ? undefined : postWebhook(url, payload, signature, this.#options.receiver);
  }

  #scheduleRetry(delivery: Delivery): void {
    const wait = this.#world.settings.deliveryRetrySeconds[delivery.attempts - 1];
    if (wait !== undefined) this.#scheduleLater(delivery, wait);
  }
}
