import type { VersionedCache } from '../../adapters/cache/versioned-cache.ts';
import type { PlanStore } from '../../adapters/dynamodb/plan-store.ts';
import type { Plan } from '../../domain/plan.ts';

export interface WarmUpPlansDeps {
  readonly planCatalogue: Pick<PlanStore, 'list'>;
  readonly planCache: Pick<VersionedCache<Plan>, 'put'>;
  readonly now: () => number;
}

/**
 * Plans in one request to Redis: about 200 KB where plans are large, which fits its time budget and Upstash's
 * 1 MB.
 */
const BATCH = 25;

/** Puts every plan into the cache in batches. Returns how many were stored: 0 if Redis does not respond. */
export async function warmUpPlans({ planCatalogue, planCache, now }: WarmUpPlansDeps): Promise<number> {
  const asOf = now();
  const plans = await planCatalogue.list();
  let stored = 0;
  for (let from = 0; from < plans.length; from += BATCH) {
    const puts = plans
      .slice(from, from + BATCH)
      .map((plan) => planCache.put(plan.id, { value: plan, version: plan.version, asOf }));
    stored += (await Promise.all(puts)).filter(Boolean).length;
  }
  return stored;
}
