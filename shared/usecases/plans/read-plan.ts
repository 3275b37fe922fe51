import type { CachedPlans } from '../../adapters/cache/cached-plans.ts';
import type { Plan } from '../../domain/plan.ts';
import type { Freshness } from '../quota/read-account.ts';

export interface PlanReading {
  readonly plan: Plan;
  /** When this was the newest version (epoch ms). */
  readonly asOf: number;
  readonly cached: boolean;
}

/**
 * Reads a plan's newest version, from the cache if it is fresh enough; `undefined`: there is no such plan. If
 * no version reaches `minVersion`, the newest is returned.
 */
export async function readPlan(
  plans: Pick<CachedPlans, 'read' | 'readAgain'>,
  planId: string,
  { consistent = false, minVersion = 0 }: Freshness,
): Promise<PlanReading | undefined> {
  const found = consistent ? undefined : await plans.read(planId);
  // A version just read from the table is the newest.
  const isFreshEnough = found !== undefined && (found.version >= minVersion || found.from === 'store');
  const { value: plan, asOf, from } = isFreshEnough ? found : await plans.readAgain(planId);
  return plan && { plan, asOf, cached: from !== 'store' };
}
