import { SeededRandom } from '../time/seeded-random.ts';

/** Faulty delivery of events. Probabilities from 0 to 1. */
export interface DeliveryConditions {
  /** The same conditions and seed have the same effect on the same events. @default 1 */
  readonly seed?: number;
  /** Probability that an event is delivered twice. @default 0 */
  readonly duplicate?: number;
  /** Probability that an event is lost. @default 0 */
  readonly lose?: number;
  /** Probability that a delivery is delayed by up to `delaySeconds`. @default 0 */
  readonly delay?: number;
  /** On the simulator's clock. @default 3 days */
  readonly delaySeconds?: number;
  /** Size of the window from which the next delivery is picked. @default 1, in order */
  readonly reorderWindow?: number;
}

export interface DeliveryFate {
  /** 0 for a lost event. */
  readonly copies: number;
  /** Seconds for each copy. */
  readonly delays: readonly number[];
}

const THREE_DAYS = 259_200;

/** Draws what happens to each delivery. */
export class DeliveryRandomizer {
  readonly #conditions: DeliveryConditions;
  readonly #random: SeededRandom;

  constructor(conditions: DeliveryConditions = {}) {
    this.#conditions = conditions;
    this.#random = new SeededRandom(conditions.seed ?? 1);
  }

  next(): DeliveryFate {
    const { lose = 0, duplicate = 0 } = this.#conditions;
    const isLost = this.#random.chance(lose);
    const isDoubled = this.#random.chance(duplicate);
    const copies = isLost ? 0 : isDoubled ? 2 : 1;
    return { copies, delays: Array.from({ length: copies }, () => this.#delay()) };
  }

  /** Returns the index of the pending delivery to attempt next. */
  pick(waiting: number): number {
    return this.#random.below(Math.min(waiting, this.#conditions.reorderWindow ?? 1));
  }

  #delay(): number {
    const { delay = 0, delaySeconds = THREE_DAYS } = this.#conditions;
    const isDelayed = this.#random.chance(delay);
    const seconds = 1 + this.#random.below(delaySeconds);
    return isDelayed ? seconds : 0;
  }
}
