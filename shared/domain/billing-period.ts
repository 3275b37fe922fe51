import type { Account, Hold, Schedule } from './account.ts';
import { DEDUPE_WINDOW } from './dedupe-window.ts';
import { openPeriod } from './open-period.ts';
import { type Period, periodAt } from './period.ts';

/** What the billing of a subscription says about periods. */
export type Billing = Pick<Schedule, 'billingAnchor' | 'billingMonths'>;

/**
 * Stripe's period where it contains `now`, otherwise the one that the anchor makes of `now`: news of a renewal may be
 * late. Stripe's own differ from those before the anchor, in a trial and in a first period cut short. One that begins in a
 * moment has begun: Stripe's clock is a little ahead of ours, and what is used in that moment is not given back after it.
 */
export function billingPeriodAt(schedule: Schedule, said: Period | undefined, now: number): Period {
  const hasBegun = said && said.start - DEDUPE_WINDOW.clockSkewMs <= now;
  return hasBegun && now < said.end ? said : periodAt('billing_cycle', schedule, now);
}

/**
 * `now`, or the moment at which a billing period of the account began, where that is later: by Stripe's clock it has begun,
 * and nothing that comes after is before it.
 */
export function billingTime(account: Pick<Account, 'counters'>, now: number): number {
  const counters = [...account.counters.values()]
    .flat()
    .filter(({ interval }) => interval === 'billing_cycle');
  return Math.max(now, ...counters.map(({ periodStart }) => periodStart));
}

/**
 * The account with every `billing_cycle` counter in `period`, which contains now. A counter whose period began earlier
 * has it closed and this one opened: holds stay with the period they were taken from, which ends where this one starts.
 * A counter that began in this period, or later, keeps its start and its usage, and its end moves, with those of its
 * holds: no news from Stripe gives units back within a period.
 *
 * `opened`: whether a period was opened.
 */
export function alignBilling(account: Account, period: Period): { account: Account; opened: boolean } {
  const counters = new Map(account.counters);
  let holds = account.holds;
  let opened = false;
  for (const [feature, list] of account.counters) {
    const counter = list.find(({ interval }) => interval === 'billing_cycle');
    if (!counter) continue;
    const isOver = counter.periodStart < period.start;
    opened ||= isOver;
    const moved = isOver ? openPeriod(counter, period) : { ...counter, periodEnd: period.end };
    counters.set(
      feature,
      list.map((other) => (other === counter ? moved : other)),
    );
    holds = moveHolds(holds, feature, counter.periodEnd, isOver ? period.start : period.end);
  }
  return { account: { ...account, counters, holds }, opened };
}

/** Holds know their period by its end: when that moves, they move along. */
function moveHolds(
  holds: Account['holds'],
  feature: string,
  from: number,
  to: number,
): ReadonlyMap<string, Hold> {
  const moved = new Map(holds);
  for (const [id, hold] of holds) {
    const ends = hold.periodEnds.get(feature);
    if (ends?.get('billing_cycle') !== from) continue;
    const periodEnds = new Map(hold.periodEnds).set(feature, new Map(ends).set('billing_cycle', to));
    moved.set(id, { ...hold, periodEnds });
  }
  return moved;
}
