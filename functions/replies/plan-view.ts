import type { RecordPage } from '../../shared/adapters/dynamodb/record-page.ts';
import type { Plan } from '../../shared/domain/plan.ts';
import { DEFAULT_THRESHOLDS } from '../../shared/domain/threshold.ts';
import type { PlanReading } from '../../shared/usecases/read-plan.ts';
import type { Problem } from '../runtime/problems.ts';
import { cursorOf } from '../schemas/page.ts';

/** A plan as it goes over the wire. */
export function planView({ id, version, name, allowances, prices, thresholds, createdAt }: Plan) {
  return {
    id,
    version,
    name,
    allowances: allowances.map(({ feature, limit, interval, enforced }) => ({
      feature,
      limit,
      interval,
      enforced,
    })),
    ...(prices && { prices }),
    thresholds: thresholds ?? DEFAULT_THRESHOLDS,
    createdAt: new Date(createdAt).toISOString(),
  };
}

/** A page of plans as it goes over the wire. */
export function planListView({ items, next }: RecordPage<Plan>) {
  return { plans: items.map(planView), nextCursor: cursorOf(next) };
}

/** A plan that may have come from a cache. */
export function planReadingView({ plan, asOf, cached }: PlanReading) {
  return { ...planView(plan), asOf: new Date(asOf).toISOString(), cached };
}

export function unknownPlan(planId: string): Problem {
  return {
    code: 'unknown_plan',
    detail: `There is no plan "${planId}". GET /v1/plans lists those there are.`,
  };
}
