import type { Plan } from '../../domain/plan.ts';
import type { PlanStore, RecentPlan } from '../dynamodb/plan-store.ts';
import type { Loaded } from './cache-entry.ts';
import type { Cached, VersionedCache } from './versioned-cache.ts';

/** Plans for answers that change nothing: from the cache where it has them. */
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

  /** A plan's newest version, as old as the cache's at most. */
  async current(planId: string): Promise<Plan | undefined> {
    return (await this.read(planId)).value;
  }

  /** A plan's newest version from the table, at most 1 s old, with the moment it was read: for what decides. */
  recent(planId: string): Promise<RecentPlan> {
    return this.#store.recent(planId);
  }

  /**
   * As `current`, and where it came from. That a plan does not exist is never taken from the cache: it may have been
   * created since, and an account that is on it would have none.
   */
  read(planId: string): Promise<Cached<Plan>> {
    return this.#cache.readExisting(planId, () => this.#load(planId));
  }

  /** As the table has it now, which the cache is told. */
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
