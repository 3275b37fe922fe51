import type { VersionedCache } from '../adapters/cache/versioned-cache.ts';
import type { PlanStore } from '../adapters/dynamodb/plan-store.ts';
import type { Plan } from '../domain/plan.ts';
import { loadAccount, type ReadAccountDeps } from './read-account.ts';

export interface WarmUpCacheDeps extends Pick<ReadAccountDeps, 'accounts' | 'quotaCache' | 'now'> {
  readonly planCatalogue: Pick<PlanStore, 'list'>;
  readonly planCache: Pick<VersionedCache<Plan>, 'put'>;
}

/** How many entries were put into the cache; 0 where Redis does not answer, and nothing else is wrong then. */
export interface WarmUp {
  readonly plans: number;
  readonly users: number;
}

/** Fills the caches ahead of need: with every plan, or with one user. */
export async function warmUpCache(deps: WarmUpCacheDeps, userId?: string): Promise<WarmUp> {
  if (userId !== undefined) {
    const isFilled = await deps.quotaCache.put(userId, await loadAccount(deps, userId, true));
    return { plans: 0, users: isFilled ? 1 : 0 };
  }
  const asOf = deps.now();
  const plans = await deps.planCatalogue.list();
  const filled = await Promise.all(
    plans.map((plan) => deps.planCache.put(plan.id, { value: plan, version: plan.version, asOf })),
  );
  return { plans: filled.filter(Boolean).length, users: 0 };
}
