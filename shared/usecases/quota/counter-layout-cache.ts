import type { CounterLayout } from '../../adapters/dynamodb/debit-expression.ts';
import type { Account, Feature, Interval } from '../../domain/account.ts';

/** Users remembered; the least recently learned one is evicted first. */
const CAPACITY = 10_000;

/**
 * Caches which further intervals users' accounts have, so that a blind write names the right counters. A
 * wrong guess costs one rejected write and is corrected by the account that the rejection returns.
 */
export class CounterLayoutCache {
  readonly #ofUser = new Map<string, CounterLayout>();
  #newest: CounterLayout = new Map();

  /**
   * Returns the user's own layout if known, otherwise the newest one learned: users of one product are alike.
   */
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
