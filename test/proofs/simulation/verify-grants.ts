import { type Counter, MAX_AMOUNT } from '../../../shared/domain/account.ts';
import { type CounterChange, expired, isPeriodOf } from './verify-period.ts';

/** Unspent granted units, and when they end. */
interface Rest {
  units: number;
  readonly until: number;
}

/**
 * The expected grant of a counter: the previous one, less carried units that ended unspent, plus a grant; in
 * a period that a payment began early, the unspent units; in any other new period 0.
 */
export function expectedGrants(counterChange: CounterChange, old: Counter | undefined): number {
  const { change, feature, counter } = counterChange;
  const more = change.kind === 'grant' && counter.limit !== null ? (change.amounts.get(feature) ?? 0) : 0;
  if (!old) return more;
  const rest = restOf(old, old.held - expired(counterChange, old));
  const isEnded = ({ until }: Rest) => until <= change.at && until < old.periodEnd;
  const sum = (list: readonly Rest[]) => list.reduce((total, { units }) => total + units, 0);
  // A limit has room for grants up to the largest amount: the rest is lost.
  const room = counter.limit === null ? MAX_AMOUNT : MAX_AMOUNT - (counter.limit - counter.granted);
  const granted = old.granted - sum(rest.filter(isEnded)) + more;
  if (isPeriodOf(old, counterChange)) return Math.min(granted, room);
  const isCutShort = counter.interval === 'billing_cycle' && old.periodEnd > counter.periodStart;
  return (isCutShort && old.periodEnd > change.at ? sum(rest.filter((one) => !isEnded(one))) : 0) + more;
}

/** Units are spent from the allowance first, then from carried grants, then from the period's own. */
function restOf({ limit, granted, used, carried = [], periodEnd }: Counter, held: number): Rest[] {
  const rest = carried.map(({ units, until }): Rest => ({ units, until }));
  const own = carried.reduce((left, { units }) => left - units, granted);
  rest.push({ units: own, until: periodEnd });
  let spent = limit === null ? 0 : Math.max(0, used + held - (limit - granted));
  for (const one of rest) {
    const taken = Math.min(one.units, spent);
    one.units -= taken;
    spent -= taken;
  }
  return rest;
}
