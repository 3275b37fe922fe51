import type { Shape } from '../../adapters/dynamodb/debit-expression.ts';
import type { Account, Feature, Interval } from '../../domain/account.ts';

/** Users remembered at once; the one learned longest ago leaves first. */
const CAPACITY = 10_000;

/**
 * Which further intervals accounts were last seen to have, so that a blind write names the right counters at
 * once. A wrong guess costs one refused write and is corrected by the account that comes back with it.
 */
export class ShapeMemory {
  readonly #ofUser = new Map<string, Shape>();
  #newest: Shape = new Map();

  /** The user's own shape where it is known, otherwise the newest one seen: users of one product are alike. */
  guess(userId: string): Shape {
    return this.#ofUser.get(userId) ?? this.#newest;
  }

  learn(account: Account): Shape {
    const shape = shapeOf(account);
    this.#newest = shape;
    this.#ofUser.delete(account.userId);
    this.#ofUser.set(account.userId, shape);
    if (this.#ofUser.size > CAPACITY) {
      const [oldest] = this.#ofUser.keys();
      if (oldest !== undefined) this.#ofUser.delete(oldest);
    }
    return shape;
  }
}

function shapeOf(account: Account): Shape {
  const shape = new Map<Feature, Interval[]>();
  for (const [feature, [, ...further]] of account.counters) {
    if (further.length > 0)
      shape.set(
        feature,
        further.map(({ interval }) => interval),
      );
  }
  return shape;
}
