import type { Allowance, Plan } from '../../../shared/domain/plan.ts';
import { DEFAULT_THRESHOLDS } from '../../../shared/domain/threshold.ts';
import type { PlanPage } from '../../../shared/usecases/plans/list-plans.ts';
import type { PutPlanOutcome, VersionMismatch } from '../../../shared/usecases/plans/put-plan.ts';
import type { PlanReading } from '../../../shared/usecases/plans/read-plan.ts';
import { versionTag } from '../preconditions.ts';
import type { Problem } from '../problems.ts';
import type { Reply } from '../reply.ts';
import { cursorOf } from '../requests/page.ts';
import type { Answer } from '../response.ts';

type PriceTaken = Extract<PutPlanOutcome, { code: 'price_taken' }>;

/** A plan on the wire; a missing field does not compile. */
export function planView({ id, version, name, allowances, prices, thresholds, trialDays, createdAt }: Plan) {
  return {
    id,
    version,
    name,
    allowances: allowances.map(allowanceView),
    prices,
    thresholds: thresholds ?? DEFAULT_THRESHOLDS,
    trialDays,
    createdAt: new Date(createdAt).toISOString(),
  } satisfies Record<keyof Plan, unknown>;
}

function allowanceView({ feature, limit, interval, enforced }: Allowance) {
  return { feature, limit, interval, enforced } satisfies Record<keyof Allowance, unknown>;
}

/** A page of plans on the wire. */
export function planListView({ items, next }: PlanPage) {
  return { plans: items.map(planView), nextCursor: cursorOf(next) };
}

/** A page of one plan's versions on the wire. */
export function planVersionsView(planId: string, { items, next }: PlanPage) {
  return { planId, versions: items.map(planView), nextCursor: cursorOf(next) };
}

/** The header that a later edit passes as `If-Match`. */
export function planTag({ version }: Pick<Plan, 'version'>): { readonly ETag: string } {
  return { ETag: versionTag(version) };
}

/** A plan with its tag. */
export function taggedPlan(plan: Plan, status: 200 | 201): Answer {
  return { status, body: planView(plan), headers: planTag(plan) };
}

/** The reply to an edit whose prices are free. */
export function replyToEdit(outcome: Exclude<PutPlanOutcome, PriceTaken>, planId: string): Reply {
  if (outcome.code === 'version_mismatch') return { problem: versionMismatch(planId, outcome) };
  return taggedPlan(outcome.plan, outcome.code === 'created' ? 201 : 200);
}

/** A plan that may have come from a cache. */
export function planReadingView({ plan, asOf, cached }: PlanReading) {
  return { ...planView(plan), asOf: new Date(asOf).toISOString(), cached };
}

export function unknownPlan(planId: string): Problem {
  return {
    code: 'unknown_plan',
    detail: `No plan has the id "${planId}". GET /v1/plans lists all plans.`,
  };
}

export function unknownPlanVersion(planId: string, version: string): Problem {
  return {
    code: 'unknown_plan_version',
    detail: `The plan "${planId}" has no version ${version}. GET /v1/plans/${planId}/versions lists its versions.`,
  };
}

/** The edit expects a version that is not the newest. */
export function versionMismatch(planId: string, { version }: Pick<VersionMismatch, 'version'>): Problem {
  const found = version === undefined ? 'it does not exist' : `its newest version is ${version}`;
  return {
    code: 'version_mismatch',
    detail: `The plan "${planId}" is not in the expected version: ${found}. Nothing was changed. Read the plan again and repeat the edit on its newest version.`,
    extensions: { version: version ?? null },
    ...(version !== undefined && { headers: planTag({ version }) }),
  };
}

/** The restored version has a price that now buys another plan. */
export function priceTaken({ priceId, planId }: Pick<PriceTaken, 'priceId' | 'planId'>): Problem {
  return {
    code: 'price_taken',
    detail: `${priceId} belongs to the plan "${planId}". Remove it there first, or PUT the content without it.`,
  };
}
