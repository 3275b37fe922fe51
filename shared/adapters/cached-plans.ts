import type { Plan } from '../domain/plan.ts';
import type { PlanStore } from './plan-store.ts';
import type { VersionedCache } from './versioned-cache.ts';

/** Plans for answers that change nothing: from the cache where it has them. */
export class CachedPlans {
  readonly #cache: Pick<VersionedCache<Plan>, 'read'>;
  readonly #store: Pick<PlanStore, 'newest'>;
  readonly #now: () => number;

  constructor(
    cache: Pick<VersionedCache<Plan>, 'read'>,
    store: Pick<PlanStore, 'newest'>,
    now: () => number,
  ) {
    this.#cache = cache;
    this.#store = store;
    this.#now = now;
  }

  /** A plan's newest version, at most a second older than the cache's. */
  async current(planId: string): Promise<Plan | undefined> {
    const { value } = await this.#cache.read(planId, async () => {
      const asOf = this.#now();
      const plan = await this.#store.newest(planId);
      return { value: plan, version: plan?.version ?? 0, asOf };
    });
    return value;
  }
}
