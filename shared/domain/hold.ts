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

/** How long after its expiry a reservation may still be confirmed: work may take longer than planned. */
export const CONFIRM_GRACE_MS = 24 * 3_600_000;

/**
 * A period from which units were reserved. Epoch ms; its end may move with the billing, its start does not.
 */
export interface HeldPeriod {
  readonly feature: Feature;
  readonly interval: Interval;
  /** `undefined`: the period was closed, and the account no longer has it. */
  readonly periodStart: number | undefined;
  readonly periodEnd: number;
}

/** A hold that the account has released, or is about to release. */
export interface ExpiredHold extends Pick<Hold, 'amounts' | 'expiresAt'> {
  readonly periods: readonly HeldPeriod[];
  /** The account's version that made it; absent while the account still has it. */
  readonly madeBy?: number;
}

/** Reserves units in the account. Precondition: `decide` allows it. */
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

/** Returns the periods that a hold was taken from; the account has the hold. */
export function heldPeriods(account: Account, { periodEnds }: Pick<Hold, 'periodEnds'>): HeldPeriod[] {
  return [...periodEnds].flatMap(([feature, ends]) =>
    [...ends].map(([interval, periodEnd]) => {
      const { periodStart } = findOpen(account, feature, interval, periodEnd) ?? {};
      return { feature, interval, periodStart, periodEnd };
    }),
  );
}

/**
 * Returns an expired hold with the present ends of its periods. A period that was followed by another ended
 * no later than the start of that one: Stripe may have cut it short, and the next one may have its original
 * end.
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

/** Whether a payment has opened a period with the same start since the version that created the hold. */
function isOpenedAnew(
  { usedPayments: used }: Account,
  { interval, periodStart }: HeldPeriod,
  madeBy = Infinity,
) {
  const isPaid = interval === 'billing_cycle' && periodStart === used?.periodStart;
  return isPaid && madeBy <= (used?.openedAfter ?? 0);
}

/** The actual end of a period that was to end at `periodEnd`, given its present counter (epoch ms). */
function endOf(
  { interval, periodStart, periodEnd }: HeldPeriod,
  present: Counter | undefined,
  isClosed: boolean,
) {
  // A gauge has one period. A gauge that a plan restores starts with the billing anchor of that moment.
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
 * Settles a hold with the amount actually used, whatever remains (0: all units are returned), at `now` (epoch
 * ms). Each counter settles in the period that the hold was taken from: if that is closed, the use is late
 * and changes no open balance. A hold that the account no longer has is expired: its units were returned, and
 * the use is added to the balance.
 *
 * `overdrawn`: units beyond those still reserved and those remaining; a closed period has the units that were
 * reserved when it closed. A counter that is not enforced is never overdrawn.
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

/** Releases a hold: its units are returned to the period they were taken from, if it is open. */
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
 * Adds counters of 0 for used features that were removed after the hold had expired, so that their use is
 * counted.
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
