import { type CarriedGrant, type Counter, MAX_AMOUNT, recount } from './account.ts';

/**
 * Carries unspent grants into a period that was opened before the previous one was over. Units are spent from
 * the allowance first, then from grants in the order of their ends. A grant keeps its end, or ends with the
 * new period where that is earlier.
 *
 * @param old the counter when its period was cut short
 * @param opened the same counter in its new period, without grants
 */
export function withRestOfGrants(old: Counter, opened: Counter): Counter {
  const room = opened.limit === null ? MAX_AMOUNT : MAX_AMOUNT - opened.limit;
  let granted = 0;
  const carried: CarriedGrant[] = [];
  for (const { units, until } of unspentGrants(old)) {
    const kept = Math.min(units, room - granted);
    if (kept > 0 && until < opened.periodEnd) carried.push({ units: kept, until });
    granted += kept;
  }
  if (granted === 0) return opened;
  const limit = opened.limit === null ? null : opened.limit + granted;
  return { ...recount(opened, { limit, granted }), ...(carried.length > 0 && { carried }) };
}

/** Removes the unspent units of carried grants that have ended. Their spent units stay in the limit. */
export function endGrants(counter: Counter, now: number): Counter {
  const { carried = [], limit, granted, periodEnd } = counter;
  if (!carried.some(({ until }) => until <= now)) return counter;
  const unspent = unspentGrants(counter);
  let lapsed = 0;
  const left = carried.map((grant, index) => {
    if (grant.until > now) return grant;
    const lost = unspent[index]?.units ?? 0;
    lapsed += lost;
    return { units: grant.units - lost, until: periodEnd };
  });
  const next = recount(counter, { limit: limit === null ? null : limit - lapsed, granted: granted - lapsed });
  return { ...next, carried: left.filter(({ units }) => units > 0) };
}

/**
 * The unspent units of each grant: carried ones first, in their order, then the units granted in this period.
 */
function unspentGrants({ limit, granted, used, held, carried = [], periodEnd }: Counter): CarriedGrant[] {
  const own = granted - carried.reduce((sum, { units }) => sum + units, 0);
  const allowance = limit === null ? Number.POSITIVE_INFINITY : limit - granted;
  let spent = Math.min(granted, Math.max(0, used + held - allowance));
  return [...carried, { units: Math.max(0, own), until: periodEnd }].map(({ units, until }) => {
    const taken = Math.min(units, spent);
    spent -= taken;
    return { units: units - taken, until };
  });
}
