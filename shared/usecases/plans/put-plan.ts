import type { VersionedCache } from '../../adapters/cache/versioned-cache.ts';
import type { PlanStore, PriceTaken } from '../../adapters/dynamodb/plan-store.ts';
import { Unavailable } from '../../domain/faults.ts';
import { type Plan, samePlanContent } from '../../domain/plan.ts';
import { type ExpectedVersion, editedContent, isExpected, type PlanEdit } from '../../domain/plan-edit.ts';

export interface PutPlanDeps {
  readonly plans: Pick<PlanStore, 'newest' | 'saveVersion'>;
  readonly planCache: Pick<VersionedCache<Plan>, 'put'>;
  readonly now: () => number;
}

/** The plan has another version than the edit expects, or does not exist (`version` is `undefined`). */
export interface VersionMismatch {
  readonly code: 'version_mismatch';
  readonly version: number | undefined;
}

export type PutPlanOutcome =
  | { readonly code: 'created' | 'changed' | 'unchanged'; readonly plan: Plan }
  | PriceTaken
  | VersionMismatch;

/** Attempts against concurrent edits of the same plan. */
const MAX_TRIES = 5;

/**
 * Creates or edits a plan, as its next version.
 *
 * ```
 * newest version ─▶ apply the edit ─▶ equal: `unchanged`
 *       ▲                └▶ save as the next version, with its prices ─▶ `created` or `changed`
 *       └──────────────────────┘ lost: another edit created that version
 * ```
 *
 * Invariants: versions are numbered without a gap and never change; a price belongs to one plan. Accounts get
 * a new version at their next rollover, before a denial that it avoids, or by the job `plan-rollout`.
 *
 * `price_taken` (another plan has one of the prices) and `version_mismatch` change nothing. An edit without a
 * difference is `unchanged` whatever version it expects: it may be a retry whose first response was lost.
 *
 * @throws Unavailable when concurrent edits won every attempt
 */
export async function putPlan(
  { plans, planCache, now }: PutPlanDeps,
  planId: string,
  edit: PlanEdit,
  expected?: ExpectedVersion,
): Promise<PutPlanOutcome> {
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    const newest = await plans.newest(planId);
    const content = editedContent(edit, newest);
    if (newest && samePlanContent(newest, content)) return { code: 'unchanged', plan: newest };
    if (!isExpected(expected, newest?.version)) return { code: 'version_mismatch', version: newest?.version };
    const plan: Plan = { id: planId, version: (newest?.version ?? 0) + 1, ...content, createdAt: now() };
    const saved = await plans.saveVersion(plan, newest);
    if (saved === true) {
      await planCache.put(planId, { value: plan, version: plan.version, asOf: plan.createdAt });
      return { code: newest ? 'changed' : 'created', plan };
    }
    if (saved !== false) return saved;
  }
  throw new Unavailable('concurrent edits of the same plan won every attempt');
}
