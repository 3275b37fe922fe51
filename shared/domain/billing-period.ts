import { type Account, type Counter, type Hold, mapCounters, type Schedule } from './account.ts';
import { withRestOfGrants } from './carried-grant.ts';
import { DEDUPE_WINDOW } from './dedupe-window.ts';
import { openPeriod } from './open-period.ts';
import { type Period, periodAt } from './period.ts';

/** The part of a subscription's billing that determines its periods. */
export type Billing = Pick<Schedule, 'billingAnchor' | 'billingMonths'>;

/**
 * Returns Stripe's period if it contains `now`, otherwise the one computed from the anchor: the event of a
 * renewal may be late. Stripe's periods differ from computed ones before the anchor, in a trial and in a
 * shortened first period. A period that begins within `clockSkewMs` has begun: Stripe's clock may be ahead,
 * and units used in that moment must not be given back.
 */
export function billingPeriodAt(schedule: Schedule, reported: Period | undefined, now: number): Period {
  const hasBegun = reported && reported.start - DEDUPE_WINDOW.clockSkewMs <= now;
  return hasBegun && now < reported.end ? reported : periodAt('billing_cycle', schedule, now);
}

/**
 * Returns `now`, or the start of the account's latest billing period where that is later: by Stripe's clock
 * it has begun, and later changes must not be dated before it.
 */
export function billingTime(account: Pick<Account, 'counters'>, now: number): number {
  const counters = [...account.counters.values()]
    .flat()
    .filter(({ interval }) => interval === 'billing_cycle');
  return Math.max(now, ...counters.map(({ periodStart }) => periodStart));
}

/**
 * Which counters a payment reopens: none, those that start before the paid period, or also those that start
 * with it.
 */
export type Opening = 'none' | 'earlier' | 'earlier or equal';

/**
 * Aligns every `billing_cycle` counter of the account with `period`, which contains now.
 *
 * A counter is reopened if its period is over when this one starts, or if a payment opens it: holds stay with
 * the period they were taken from, which ends where this one starts, and unspent grants are carried over. Any
 * other counter keeps its start and its usage; its end, with those of its holds, may move earlier, never
 * later. So a change without a payment restores no units.
 *
 * @returns `opened`: whether a counter was reopened
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
 * Moves the `billing_cycle` counters that the account did not have `before` into `period`: a plan opens them
 * in the period computed from the anchor, which may differ from Stripe's.
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

/** Holds identify their period by its end, so they follow when it moves. */
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
