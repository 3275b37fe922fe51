import { Fault } from '../../../../shared/domain/faults.ts';
import {
  type EventOutcome,
  handleStripeEvent,
} from '../../../../shared/usecases/subscriptions/handle-stripe-event.ts';
import { Chance } from '../chance.ts';
import type { FaultProfile } from '../fault-profile.ts';
import type { Fleet, Result } from '../fleet.ts';
import type { Oracle } from '../oracle.ts';
import { markOf } from '../verbs.ts';
import type { World } from '../world.ts';
import type { EventRecord } from './virtual-stripe.ts';

export interface DeliveriesOptions {
  readonly world: World;
  readonly oracle: Oracle;
  readonly seed: number;
  readonly faultProfile: () => FaultProfile;
  /** The environments of the webhook's function. */
  readonly receivers: Fleet;
  readonly onReply: (verb: string, outcome: string) => void;
}

/**
 * Stripe retries for three days. Here it gives up sooner, and some are never sent: the sync has to find
 * those.
 */
const MOST_TRIES = 5;
/** Stripe's timeout for an answer. */
const PATIENCE_MS = 20_000;

/**
 * Stripe's webhooks: every event travels by itself, so they are reordered; some twice, some never, with
 * growing pauses until one is answered.
 */
export class Deliveries {
  readonly #options: DeliveriesOptions;
  readonly #ofAct = new Map<number, number>();

  constructor(options: DeliveriesOptions) {
    this.#options = options;
  }

  send(record: EventRecord): void {
    const { world, seed, faultProfile } = this.#options;
    const index = this.#ofAct.get(record.act) ?? 0;
    this.#ofAct.set(record.act, index + 1);
    const chance = new Chance(seed, 10, record.act, index);
    const { webhookLagMs, lostWebhooks, doubledWebhooks } = faultProfile();
    if (chance.happens(lostWebhooks)) {
      world.trace(() => `Stripe  ${record.event.id} is never sent`);
      return;
    }
    const copies = chance.happens(doubledWebhooks) ? 2 : 1;
    for (let copy = 0; copy < copies; copy += 1) {
      const delayMs = chance.happens(0.5) ? chance.between(1, 50) : chance.between(1, webhookLagMs);
      const own = new Chance(seed, 11, record.act, index, copy);
      world.after(delayMs, () => void this.#untilAnswered(record, own));
    }
  }

  async #untilAnswered(record: EventRecord, chance: Chance): Promise<void> {
    const { world } = this.#options;
    let waitMs = chance.pick([200, 5_000, 60_000]);
    for (let tries = 0; tries < MOST_TRIES; tries += 1) {
      if (await this.#deliver(record, new Chance(chance.int(0, 1e9)))) return;
      await world.wait(waitMs * chance.between(0.5, 1.5));
      waitMs *= 4;
    }
    world.trace(() => `Stripe  gives up ${record.event.id}`);
  }

  /** Whether Stripe receives the acknowledgement of its event. */
  async #deliver({ event, act }: EventRecord, chance: Chance): Promise<boolean> {
    const { world, receivers, faultProfile, oracle, onReply } = this.#options;
    const name = `webhook ${event.id}`;
    const isReceived = !chance.happens(faultProfile().lostReplies);
    const startedAt = world.now();
    const result = await receivers.serve({ name, group: markOf({ number: act }), chance }, (deps) =>
      handleStripeEvent(deps, event),
    );
    onReply('webhook', outcomeOf(result));
    world.trace(() => `Stripe  ${name}: ${outcomeOf(result)}${isReceived ? '' : ' — answer lost'}`);
    if (result.code === 'failed') verifyFailure(oracle, name, result.error);
    return isReceived && result.code === 'answered' && world.now() - startedAt < PATIENCE_MS;
  }
}

/** The only permitted failures are the service's documented ones. */
export function verifyFailure(oracle: Oracle, name: string, error: unknown): void {
  if (error instanceof Fault) return;
  oracle.report('every call is answered', `${name}: ${error instanceof Error ? error.stack : String(error)}`);
}

function outcomeOf(result: Result<EventOutcome>): string {
  if (result.code === 'answered') {
    const { value } = result;
    const isPlain = value.code !== 'handled' || value.convergence.code === 'converged';
    return isPlain ? value.code : value.convergence.code;
  }
  if (result.code === 'died') return 'died';
  return result.error instanceof Fault ? result.error.code : 'error';
}
