import {
  type Account,
  type Amounts,
  type Counter,
  type Feature,
  MAX_AMOUNT,
  mapCounters,
  recount,
} from './account.ts';
import { clearUse } from './count-use.ts';

/**
 * Sets the usage of the named features to 0 in their current periods; without names, of every metered
 * feature. Gauges keep their usage unless named, since they count existing things. Limits, grants, holds and
 * the periods themselves stay.
 *
 * @returns `amounts`: the units reset per feature, the largest usage among its counters
 */
export function resetUsage(
  account: Account,
  features?: readonly Feature[],
): { account: Account; amounts: Amounts } {
  const amounts = new Map<Feature, number>();
  const reset = mapCounters(account, features ?? account.counters.keys(), (counter, feature) => {
    if (!features && counter.interval === 'never') return counter;
    if (counter.used > 0) amounts.set(feature, Math.max(counter.used, amounts.get(feature) ?? 0));
    return clearUse(counter);
  });
  return { account: reset, amounts };
}

/**
 * Grants more units of a feature until its current period ends. Counters without a limit stay unchanged.
 * `undefined` if the limit would exceed `MAX_AMOUNT`.
 */
export function grantUnits(account: Account, feature: Feature, amount: number): Account | undefined {
  const isPast = (counter: Counter) => (counter.limit ?? 0) > MAX_AMOUNT - amount;
  if (account.counters.get(feature)?.some(isPast)) return undefined;
  return mapCounters(account, [feature], (counter) =>
    counter.limit === null
      ? counter
      : recount(counter, { limit: counter.limit + amount, granted: counter.granted + amount }),
  );
}
