import type { CounterLayout } from '../../adapters/dynamodb/debit-expression.ts';
import type { Account, Feature, Interval } from '../../domain/account.ts';

/** Users remembered at once; the one learned longest ago leaves first. */
const CAPACITY = 10_000;

/**
 * Which further intervals accounts were last seen to have, so that a blind write names the right counters at
 * once. A wrong guess costs one refused write and is corrected by the account that comes back with it.
 */
export class CounterLayoutCache {
  readonly #ofUser = new Map<string, CounterLayout>();
  #newest: CounterLayout = new Map();

  /** The user's own layout where it is known, otherwise the newest one seen: users of one product are alike. */
  guess(userId: string): CounterLayout {
    return this.#ofUser.get(userId) ?? this.#newest;
  }

  learn(account: Account): CounterLayout {
    const layout = layoutOf(account);
    this.#newest = layout;
    this.#ofUser.delete(account.userId);
    this.#ofUser.set(account.userId, layout);
    if (this.#ofUser.size > CAPACITY) {
      const [oldest] = this.#ofUser.keys();
      if (oldest !== undefined) this.#ofUser.delete(oldest);
    }
    return layout;
  }
}

function layoutOf(account: Account): CounterLayout {
  const layout = new Map<Feature, Interval[]>();
  for (const [feature, [, ...further]] of account.counters) {
    if (further.length > 0)
      layout.set(
        feature,
        further.map(({ interval }) => interval),
      );
  }
  return layout;
}
