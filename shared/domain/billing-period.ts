import { type Account, type Counter, type Hold, mapCounters, type Schedule } from './account.ts';
import { withRestOfGrants } from './carried-grant.ts';
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

/** Which counters a payment opens: none, those that start before the paid period, or also those that start with it. */
export type Opening = 'none' | 'earlier' | 'earlier or equal';

/**
 * The account with every `billing_cycle` counter in line with `period`, which contains now.
 *
 * A counter opens afresh where its own period is over when this one starts, or where a payment opens it: holds stay with the
 * period they were taken from, which ends where this one starts, and the rest of the grants is carried on. Any other counter keeps its start and its usage;
 * its end, with those of its holds, may move earlier, never later. So a change that costs nothing gives nothing back.
 *
 * @returns `opened`: whether a counter was opened
 */
export function alignBilling(
  account: Account,
  period: Period,
  opening: Opening,
): { account: Account; opened: boolean } {
  const counters = new Map(account.counters);
  let holds = account.holds;
  let opened = false;
  for (const [feature, list] of account.counters) {
    const counter = list.find(({ interval }) => interval === 'billing_cycle');
    if (!counter) continue;
    const isOver = counter.periodEnd <= period.start;
    const isOpened = isOver || isBought(counter, period, opening);
    const moved = isOpened
      ? openNext(counter, period, isOver)
      : { ...counter, periodEnd: Math.min(counter.periodEnd, period.end) };
    opened ||= isOpened;
    counters.set(
      feature,
      list.map((other) => (other === counter ? moved : other)),
    );
    holds = moveHolds(holds, feature, counter.periodEnd, isOpened ? period.start : moved.periodEnd);
  }
  return { account: { ...account, counters, holds }, opened };
}

function isBought({ periodStart }: Counter, { start }: Period, opening: Opening): boolean {
  if (opening === 'none') return false;
  return periodStart < start || (opening === 'earlier or equal' && periodStart === start);
}

function openNext(counter: Counter, period: Period, isOver: boolean): Counter {
  const opened = openPeriod(counter, period);
  return isOver ? opened : withRestOfGrants(counter, opened);
}

/**
 * The account with the `billing_cycle` counters that it did not have `before` in `period`: a plan opens them in the period
 * that the anchor makes of now, and Stripe's may be another one.
 */
export function joinPeriod(account: Account, before: Account, { start, end }: Period): Account {
  return mapCounters(account, account.counters.keys(), (counter, feature) => {
    if (counter.interval !== 'billing_cycle') return counter;
    const isOld = before.counters.get(feature)?.some(({ interval }) => interval === 'billing_cycle');
    return isOld
      ? counter
      : { ...counter, periodStart: Math.max(counter.periodStart, start), periodEnd: end };
  });
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
