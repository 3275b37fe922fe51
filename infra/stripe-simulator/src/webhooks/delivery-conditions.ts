import { SeededRandom } from '../time/seeded-random.ts';

/** How badly events arrive. Probabilities from 0 to 1. */
export interface DeliveryConditions {
  /** The same plan with the same seed does the same to the same events. @default 1 */
  readonly seed?: number;
  /** Delivered twice. @default 0 */
  readonly duplicate?: number;
  /** Never delivered. @default 0 */
  readonly lose?: number;
  /** Delivered later, by up to `delaySeconds`. @default 0 */
  readonly delay?: number;
  /** On the simulator's clock. @default 3 days */
  readonly delaySeconds?: number;
  /** Each delivery is any of the next so many. @default 1, in order */
  readonly reorderWindow?: number;
}

export interface DeliveryFate {
  /** 0 for a lost event. */
  readonly copies: number;
  /** Seconds for each copy. */
  readonly delays: readonly number[];
}

const THREE_DAYS = 259_200;

/** Decides over deliveries, one after the other. */
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

  /** Which of the waiting ones goes next. */
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
