import {
  type Account,
  type Amounts,
  type Counter,
  type Feature,
  type Hold,
  type Interval,
  type LateUse,
  mapCounters,
  type Overdraft,
  recount,
} from './account.ts';
import { countLifetime, countUse } from './count-use.ts';
import { openCounter } from './plan.ts';

/** How long after its expiry a reservation may still be confirmed: work may end later than was thought. */
export const CONFIRM_GRACE_MS = 24 * 3_600_000;

/** A period that units were reserved in. Epoch ms; its end may move with the billing, its start does not. */
export interface HeldPeriod {
  readonly feature: Feature;
  readonly interval: Interval;
  /** `undefined` where the account no longer knows: the period was closed. */
  readonly periodStart: number | undefined;
  readonly periodEnd: number;
}

/** A hold that the account has no more, or is about to forget. */
export interface ExpiredHold extends Pick<Hold, 'amounts' | 'expiresAt'> {
  readonly periods: readonly HeldPeriod[];
  /** The account's version that made it; absent while the account still has it. */
  readonly madeBy?: number;
}

/** The account after units were set aside. The caller has made sure that `decide` allows it. */
export function placeHold(account: Account, holdId: string, amounts: Amounts, expiresAt: number): Account {
  const periodEnds = new Map<Feature, ReadonlyMap<Interval, number>>();
  for (const feature of amounts.keys()) {
    const list = account.counters.get(feature) ?? [];
    periodEnds.set(feature, new Map(list.map((counter) => [counter.interval, counter.periodEnd])));
  }
  const held = mapCounters(account, amounts.keys(), (counter, feature) =>
    recount(counter, { held: counter.held + (amounts.get(feature) ?? 0) }),
  );
  return { ...held, holds: new Map(account.holds).set(holdId, { amounts, expiresAt, periodEnds }) };
}

/** The periods that a hold was taken from, as an account that has the hold knows them. */
export function heldPeriods(account: Account, { periodEnds }: Pick<Hold, 'periodEnds'>): HeldPeriod[] {
  return [...periodEnds].flatMap(([feature, ends]) =>
    [...ends].map(([interval, periodEnd]) => {
      const { periodStart } = findOpen(account, feature, interval, periodEnd) ?? {};
      return { feature, interval, periodStart, periodEnd };
    }),
  );
}

/**
 * A hold that has expired, with the ends that its periods have in the account now. A period that another one follows ended where
 * that one began at the latest: what Stripe says may cut it short, and the next one may have the end that it was to have.
 */
export function holdIn(account: Account, { amounts, expiresAt, periods, madeBy }: ExpiredHold): Hold {
  const periodEnds = new Map<Feature, Map<Interval, number>>();
  for (const period of periods) {
    const { feature, interval } = period;
    const present = account.counters.get(feature)?.find((counter) => counter.interval === interval);
    const ends = periodEnds.get(feature) ?? new Map<Interval, number>();
    const isClosed = isOpenedAnew(account, period, madeBy);
    periodEnds.set(feature, ends.set(interval, endOf(period, present, isClosed)));
  }
  return { amounts, expiresAt, periodEnds };
}

/** Whether a payment has opened a period of the same second since the version that a hold was made by. */
function isOpenedAnew(
  { usedPayments: used }: Account,
  { interval, periodStart }: HeldPeriod,
  madeBy = Infinity,
) {
  const isPaid = interval === 'billing_cycle' && periodStart === used?.periodStart;
  return isPaid && madeBy <= (used?.openedAfter ?? 0);
}

/** When a period ends that was to end at `periodEnd`, given its counter as it is now (epoch ms). */
function endOf(
  { interval, periodStart, periodEnd }: HeldPeriod,
  present: Counter | undefined,
  isClosed: boolean,
) {
  // A gauge has one period. One that a plan brings back starts with the billing anchor of that moment.
  if (interval === 'never') return periodEnd;
  if (!present || periodStart === undefined || present.periodStart < periodStart) return periodEnd;
  const isSame = present.periodStart === periodStart && !isClosed;
  return isSame ? present.periodEnd : Math.min(periodEnd, present.periodStart);
}

export interface Settlement {
  readonly account: Account;
  readonly late: readonly LateUse[];
  readonly overdrawn: readonly Overdraft[];
}

/**
 * Books the true amount used of a hold, whatever remains (0: the units all go back), at `now` (epoch ms). Each counter
 * settles in the period that the hold was taken from: where that is closed, the use is late and touches no open balance.
 * A hold that the account has no more has expired: its units are back, and the use is booked on top.
 *
 * `overdrawn`: what a counter did not have. It had the units that were still reserved, and what remained; a closed period
 * has the units that were reserved when it closed. A counter that does not deny is never overdrawn.
 */
export function settleHold(
  account: Account,
  holdId: string,
  hold: Hold,
  used: Amounts,
  now: number,
): Settlement {
  const present = withCounters(account, used, hold, now);
  const late: LateUse[] = [];
  const overdrawn: Overdraft[] = [];
  const isHeld = account.holds.has(holdId);
  for (const [feature, held] of hold.amounts) {
    const amount = used.get(feature) ?? 0;
    for (const [interval, periodEnd] of hold.periodEnds.get(feature) ?? []) {
      const counter = findOpen(present, feature, interval, periodEnd);
      if (!counter && amount > 0) late.push({ feature, interval, periodEnd, amount });
      const isReserved = isHeld || (!counter && hold.expiresAt >= periodEnd);
      const covered = (isReserved ? held : 0) + Math.max(0, counter?.remaining ?? 0);
      const denies = counter ?? present.counters.get(feature)?.find((other) => other.interval === interval);
      if (denies?.enforced && amount > covered) {
        overdrawn.push({ feature, interval, amount: amount - covered });
      }
    }
  }
  return { account: endHold(present, holdId, hold, used), late, overdrawn };
}

/** Ends a hold without using anything: the units go back to the period they were taken from, if it is open. */
export function releaseHold(account: Account, holdId: string, hold: Hold): Account {
  return endHold(account, holdId, hold, new Map());
}

function endHold(account: Account, holdId: string, hold: Hold, used: Amounts): Account {
  const isHeld = account.holds.has(holdId);
  const settled = mapCounters(account, hold.amounts.keys(), (counter, feature) => {
    const amount = used.get(feature) ?? 0;
    const isOpen = hold.periodEnds.get(feature)?.get(counter.interval) === counter.periodEnd;
    if (!isOpen) return countLifetime(counter, amount);
    const held = counter.held - (isHeld ? (hold.amounts.get(feature) ?? 0) : 0);
    return countUse(recount(counter, { held }), amount);
  });
  const holds = new Map(account.holds);
  holds.delete(holdId);
  return { ...settled, holds };
}

/**
 * The account with counters of 0 for features that left it after the hold had expired, and of which something was used:
 * without a counter nothing would count it.
 */
function withCounters(account: Account, used: Amounts, hold: Hold, now: number): Account {
  const counters = new Map(account.counters);
  for (const [feature, amount] of used) {
    if (amount === 0 || counters.has(feature)) continue;
    const intervals = [...(hold.periodEnds.get(feature)?.keys() ?? [])];
    const back = intervals.map((interval) =>
      openCounter({ feature, interval, limit: 0, enforced: true }, account.schedule, now, account),
    );
    if (back.length > 0) counters.set(feature, back);
  }
  return { ...account, counters };
}

function findOpen(
  account: Account,
  feature: Feature,
  interval: Interval,
  periodEnd: number,
): Counter | undefined {
  return account.counters
    .get(feature)
    ?.find((counter) => counter.interval === interval && counter.periodEnd === periodEnd);
}
