import { type Account, MAX_AMOUNT } from '../../../shared/domain/account.ts';
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
  const own = allowances.filter((allowance) => allowance.feature === feature);
  const allowance = own.find((other) => other.interval === interval);
  // A replaced interval keeps counting without denying; a removed feature has its grants alone.
  const [base, isEnforced] = allowance
    ? [allowance.limit, allowance.limit !== null && allowance.enforced]
    : own.length > 0
      ? [null, false]
      : [0, true];
  // Units that would raise the limit beyond the largest number are not granted.
  const room = MAX_AMOUNT - (base ?? 0);
  const expected = Math.min(expectedGrants(counterChange, old), room);
  // An edited version applied by the same save before it cut the period short may leave more of the grant
  // unspent.
  const mayHaveMoved = old !== undefined && counterChange.change.kind === 'plan';
  const most = mayHaveMoved
    ? Math.min(expectedGrants(counterChange, { ...old, limit: null }), room)
    : expected;
  if (granted < expected || granted > Math.max(expected, most))
    report('never over the limit', `${name}: ${granted} granted in this period, not ${expected}`);
  const right = base === null ? null : base + granted;
  if (limit !== right || enforced !== isEnforced) {
    const planned = `${after.plan.id} v${after.plan.version}`;
    report('never over the limit', `${name}: the limit is ${limit}, expected ${right} by ${planned}`);
  }
}
