import type { Loaded } from '../../../shared/adapters/cache/cache-entry.ts';
import type { Cached } from '../../../shared/adapters/cache/versioned-cache.ts';
import type { Account } from '../../../shared/domain/account.ts';
import type { Node, NodeDeps } from './node.ts';

/** A worst-case cache: it forgets at random, and returns any value it was ever given. */
export class QuotaCacheModel {
  readonly #entries = new Map<string, Loaded<Account>[]>();

  seenFrom(node: Node): NodeDeps['quotaCache'] {
    const put = async (userId: string, loaded: Loaded<Account>) => {
      if (node.task.chance.happens(0.3)) return false;
      this.#entries.set(userId, [...(this.#entries.get(userId) ?? []).slice(-3), loaded]);
      return true;
    };
    return {
      put,
      refresh: put,
      read: async (userId, load): Promise<Cached<Account>> => {
        const known = this.#entries.get(userId) ?? [];
        const { chance } = node.task;
        if (known.length > 0 && chance.happens(0.7)) return { ...chance.pick(known), from: 'l2' };
        const loaded = await load();
        await put(userId, loaded);
        return { ...loaded, from: 'store' };
      },
    };
  }
}
