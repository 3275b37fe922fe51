import { type Account, type Counter, carriedUntil, earliestDue, FAR_FUTURE, mapCounters } from './account.ts';
import { alignBilling, billingTime } from './billing-period.ts';
import { endGrants } from './carried-grant.ts';
import { hasExpiredHold, isPeriodOver } from './decide.ts';
import { releaseHold } from './hold.ts';
import { openPeriod } from './open-period.ts';
import { nextPeriod, periodAt } from './period.ts';
import { applyPlan, type Plan } from './plan.ts';

/**
 * Whether time alone has changed the account: a period, a hold, a carried grant or the plan's validity is
 * over.
 */
export function isOverdue(account: Account, now: number): boolean {
  return (
    account.validUntil <= now ||
    carriedUntil(account) <= now ||
    isPeriodOver(account, account.counters.keys(), now) ||
    hasExpiredHold(account, now)
  );
}

/**
 * Brings the account up to `now` (epoch ms): releases expired holds, closes every period that is over and
 * opens the one that contains `now`, ends grants with their period, and applies the plan's newest version
 * where a period was opened.
 *
 * Idempotent: the result is the same however often and however late this runs.
 *
 * @param plan the newest version of the account's own plan, or the default plan once `validUntil` has passed
 */
export function advance(account: Account, plan: Plan, now: number): Account {
  const planOver = account.validUntil <= now;
  const rolling = planOver || isPeriodOver(account, account.counters.keys(), now);
  const released = releaseExpiredHolds(account, now);
  const valid = planOver ? endPlan(released, now) : released;
  const nextPeriodOf = ({ interval, periodEnd }: Counter) =>
    nextPeriod(interval, valid.schedule, periodEnd, now);
  const rolled = mapCounters(valid, valid.counters.keys(), (counter) =>
    counter.periodEnd <= now ? openPeriod(counter, nextPeriodOf(counter)) : endGrants(counter, now),
  );
  const next = rolling ? applyPlan(rolled, plan, now) : rolled;
  return { ...next, dueAt: earliestDue(next) };
}

/** The plan after a paid one is free: it has no end, and its billing cycle is a month. */
function endPlan(account: Account, now: number): Account {
  const { schedule } = account;
  const ended: Account = {
    ...account,
    validUntil: FAR_FUTURE,
    isSubscribed: false,
    schedule: { ...schedule, billingMonths: 1 },
  };
  if (schedule.billingMonths === 1) return ended;
  const period = periodAt('billing_cycle', ended.schedule, billingTime(ended, now));
  return alignBilling(ended, period, 'none').account;
}

function releaseExpiredHolds(account: Account, now: number): Account {
  let next = account;
  for (const [id, hold] of account.holds) {
    if (hold.expiresAt <= now) next = releaseHold(next, id, hold);
  }
  return next;
}
