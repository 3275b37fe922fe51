import type { VersionedCache } from '../adapters/cache/versioned-cache.ts';
import type { PlanStore } from '../adapters/dynamodb/plan-store.ts';
import type { Plan } from '../domain/plan.ts';

export interface WarmUpPlansDeps {
  readonly planCatalogue: Pick<PlanStore, 'list'>;
  readonly planCache: Pick<VersionedCache<Plan>, 'put'>;
  readonly now: () => number;
}

/** Puts every plan into the cache; returns how many went in, 0 where Redis does not answer. */
export async function warmUpPlans({ planCatalogue, planCache, now }: WarmUpPlansDeps): Promise<number> {
  const asOf = now();
  const plans = await planCatalogue.list();
  const filled = await Promise.all(
    plans.map((plan) => planCache.put(plan.id, { value: plan, version: plan.version, asOf })),
  );
  return filled.filter(Boolean).length;
}
