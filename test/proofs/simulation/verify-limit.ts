import { type Account, type Counter, type Feature, MAX_AMOUNT } from '../../../shared/domain/account.ts';
import type { Allowance } from '../../../shared/domain/plan.ts';
import { expectedGrants } from './verify-grants.ts';
import type { CounterChange } from './verify-period.ts';

/** The allowances of a stored version of a plan; `undefined`: no such version was written. */
export type PlanLookup = (plan: Account['plan']) => readonly Allowance[] | undefined;

/**
 * A counter's limit is the allowance of the account's plan version, plus the grants of this period: by own
 * arithmetic, from the written plans. See `expectedGrants` for the grants.
 */
export function verifyLimit(counterChange: CounterChange, planOf: PlanLookup): void {
  const { before, after, feature, counter, report } = counterChange;
  const allowances = planOf(after.plan);
  if (!allowances) return;
  const { interval, limit, granted, enforced } = counter;
  const name = `${feature}/${interval} at version ${after.version}`;
  const old = before?.counters.get(feature)?.find((other) => other.interval === interval);
  const [base, isEnforced] = termsOf(allowances, feature, counter);
  // Units that would raise the limit beyond the largest number are not granted.
  const room = MAX_AMOUNT - (base ?? 0);
  const expected = Math.min(expectedGrants(counterChange, old), room);
  // An edited version applied by the same save before it cut the period short may leave more or less of the
  // grant unspent.
  const mayHaveMoved = old !== undefined && counterChange.change.kind === 'plan';
  const edited = mayHaveMoved
    ? [{ ...old, limit: null }, ...underLaterVersions(old, counterChange, planOf)]
    : [];
  const possible = edited.map((other) => Math.min(expectedGrants(counterChange, other), room));
  if (granted < Math.min(expected, ...possible) || granted > Math.max(expected, ...possible))
    report('never over the limit', `${name}: ${granted} granted in this period, not ${expected}`);
  const right = base === null ? null : base + granted;
  if (limit !== right || enforced !== isEnforced) {
    const planned = `${after.plan.id} v${after.plan.version}`;
    report('never over the limit', `${name}: the limit is ${limit}, expected ${right} by ${planned}`);
  }
}

/** The limit, without grants, and whether it is enforced. */
function termsOf(
  allowances: readonly Allowance[],
  feature: Feature,
  { interval }: Counter,
): readonly [limit: number | null, isEnforced: boolean] {
  const own = allowances.filter((allowance) => allowance.feature === feature);
  const allowance = own.find((other) => other.interval === interval);
  if (allowance) return [allowance.limit, allowance.limit !== null && allowance.enforced];
  // A replaced interval keeps counting without denying; a removed feature has its grants alone.
  return own.length > 0 ? [null, false] : [0, true];
}

/** The previous counter under each later version of its plan. */
function underLaterVersions(old: Counter, { before, feature }: CounterChange, planOf: PlanLookup): Counter[] {
  const counters: Counter[] = [];
  for (let plan = before?.plan; plan; ) {
    plan = { id: plan.id, version: plan.version + 1 };
    const allowances = planOf(plan);
    if (!allowances) return counters;
    const [base] = termsOf(allowances, feature, old);
    counters.push({ ...old, limit: base === null ? null : base + old.granted });
  }
  return counters;
}
