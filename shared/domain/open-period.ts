import { type Counter, recount } from './account.ts';
import { clearUse } from './count-use.ts';
import type { Period } from './period.ts';

/**
 * Opens a counter's next period: nothing used or held, no grants, and the limit without them. The result is
 * valid even if no plan is applied afterwards: the available plan may be older than the account's, and then
 * changes nothing. Open holds stay with the period they were taken from.
 */
export function openPeriod(counter: Counter, { start, end }: Period): Counter {
  const limit = counter.limit === null ? null : counter.limit - counter.granted;
  const { carried: _, ...rest } = counter;
  const fresh = recount(clearUse(rest), { limit, granted: 0, held: 0 });
  return { ...fresh, periodStart: start, periodEnd: end };
}
