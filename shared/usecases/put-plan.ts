import type { VersionedCache } from '../adapters/cache/versioned-cache.ts';
import type { PlanStore, PriceTaken } from '../adapters/dynamodb/plan-store.ts';
import { Unavailable } from '../domain/faults.ts';
import { type Plan, type PlanContent, samePlanContent } from '../domain/plan.ts';

export interface PutPlanDeps {
  readonly plans: Pick<PlanStore, 'newest' | 'saveVersion'>;
  readonly planCache: Pick<VersionedCache<Plan>, 'put'>;
  readonly now: () => number;
}

/** Others who edit the same plan at the same moment: more than this many in a row is no accident. */
const MAX_TRIES = 5;

/**
 * Gives a plan new content, as its next version; content it has already makes none. Accounts take a new version up
 * at their next rollover. `price_taken`: another plan has one of the prices; nothing was changed.
 */
export async function putPlan(
  { plans, planCache, now }: PutPlanDeps,
  planId: string,
  { name, allowances, prices, thresholds }: PlanContent,
): Promise<{ readonly code: 'created' | 'changed' | 'unchanged'; readonly plan: Plan } | PriceTaken> {
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    const newest = await plans.newest(planId);
    if (newest && samePlanContent(newest, { name, allowances, prices, thresholds })) {
      return { code: 'unchanged', plan: newest };
    }
    const plan: Plan = {
      id: planId,
      version: (newest?.version ?? 0) + 1,
      name,
      allowances,
      ...(prices && { prices }),
      ...(thresholds && { thresholds }),
      createdAt: now(),
    };
    const saved = await plans.saveVersion(plan, newest);
    if (saved === true) {
      await planCache.put(planId, { value: plan, version: plan.version, asOf: plan.createdAt });
      return { code: newest ? 'changed' : 'created', plan };
    }
    if (saved !== false) return saved;
  }
  throw new Unavailable('others keep editing the same plan');
}
