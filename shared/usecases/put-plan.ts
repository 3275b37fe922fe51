import type { PlanStore } from '../adapters/plan-store.ts';
import type { VersionedCache } from '../adapters/versioned-cache.ts';
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
 * at their next rollover.
 */
export async function putPlan(
  { plans, planCache, now }: PutPlanDeps,
  planId: string,
  { name, allowances, prices }: PlanContent,
): Promise<{ readonly code: 'created' | 'changed' | 'unchanged'; readonly plan: Plan }> {
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    const newest = await plans.newest(planId);
    if (newest && samePlanContent(newest, { name, allowances, prices })) {
      return { code: 'unchanged', plan: newest };
    }
    const plan: Plan = {
      id: planId,
      version: (newest?.version ?? 0) + 1,
      name,
      allowances,
      ...(prices && { prices }),
      createdAt: now(),
    };
    if (await plans.saveVersion(plan)) {
      await planCache.put(planId, { value: plan, version: plan.version, asOf: plan.createdAt });
      return { code: newest ? 'changed' : 'created', plan };
    }
  }
  throw new Unavailable('others keep editing the same plan');
}
