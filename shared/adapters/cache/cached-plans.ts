import type { Plan } from '../../domain/plan.ts';
import type { PlanStore, RecentPlan } from '../dynamodb/plan-store.ts';
import type { Loaded } from './cache-entry.ts';
import type { Cached, VersionedCache } from './versioned-cache.ts';

/** Plans for read-only answers: from the cache if possible. */
export class CachedPlans {
  readonly #cache: Pick<VersionedCache<Plan>, 'readExisting' | 'put'>;
  readonly #store: Pick<PlanStore, 'newest' | 'recent'>;
  readonly #now: () => number;

  constructor(
    cache: Pick<VersionedCache<Plan>, 'readExisting' | 'put'>,
    store: Pick<PlanStore, 'newest' | 'recent'>,
    now: () => number,
  ) {
    this.#cache = cache;
    this.#store = store;
    this.#now = now;
  }

  /** A plan's newest version, at most as old as the cache. */
  async current(planId: string): Promise<Plan | undefined> {
    return (await this.read(planId)).value;
  }

  /** A plan's newest version from the table, at most 1 s old, with the time of the read: for decisions. */
  recent(planId: string): Promise<RecentPlan> {
    return this.#store.recent(planId);
  }

  /**
   * As `current`, with its source. A cached "not found" is never used: the plan may have been created since,
   * and an account on it would have none.
   */
  read(planId: string): Promise<Cached<Plan>> {
    return this.#cache.readExisting(planId, () => this.#load(planId));
  }

  /** The table's current version, which is then cached. */
  async readAgain(planId: string): Promise<Cached<Plan>> {
    const loaded = await this.#load(planId);
    if (loaded.value !== undefined) await this.#cache.put(planId, loaded);
    return { ...loaded, from: 'store' };
  }

  async #load(planId: string): Promise<Loaded<Plan>> {
    const asOf = this.#now();
    const plan = await this.#store.newest(planId);
    return { value: plan, version: plan?.version ?? 0, asOf };
  }
}
