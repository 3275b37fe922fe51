import {
  type Account,
  type Amounts,
  type Counter,
  type Feature,
  type Hold,
  type Interval,
  type LateUse,
  mapCounters,
  recount,
} from './account.ts';
import { countLifetime, countUse } from './count-use.ts';
import { admits } from './decide.ts';

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

export type Settlement =
  | { readonly code: 'settled'; readonly account: Account; readonly late: readonly LateUse[] }
  | {
      readonly code: 'exceeded';
      readonly feature: Feature;
      readonly interval: Interval;
      readonly retryAt: number;
    };

/**
 * Ends a hold with the true amount used (0: the units all go back). Each counter settles in the period the hold
 * was taken from: where that one is closed, the use is reported as late and touches no open balance.
 *
 * More than was held is used only as far as the counter has room, and never in a period that is closed.
 */
export function settleHold(account: Account, holdId: string, hold: Hold, used: Amounts): Settlement {
  const late: LateUse[] = [];
  for (const [feature, held] of hold.amounts) {
    const amount = used.get(feature) ?? 0;
    for (const [interval, periodEnd] of hold.periodEnds.get(feature) ?? []) {
      const counter = findOpen(account, feature, interval, periodEnd);
      const extra = amount - held;
      if (extra > 0 && (!counter || !admits(counter, extra))) {
        return { code: 'exceeded', feature, interval, retryAt: periodEnd };
      }
      if (!counter && amount > 0) late.push({ feature, interval, periodEnd, amount });
    }
  }
  return { code: 'settled', account: endHold(account, holdId, hold, used), late };
}

/** Ends a hold without using anything: the units go back to the period they were taken from, if it is open. */
export function releaseHold(account: Account, holdId: string, hold: Hold): Account {
  return endHold(account, holdId, hold, new Map());
}

function endHold(account: Account, holdId: string, hold: Hold, used: Amounts): Account {
  const settled = mapCounters(account, hold.amounts.keys(), (counter, feature) => {
    const amount = used.get(feature) ?? 0;
    const isOpen = hold.periodEnds.get(feature)?.get(counter.interval) === counter.periodEnd;
    if (!isOpen) return countLifetime(counter, amount);
    const held = counter.held - (hold.amounts.get(feature) ?? 0);
    return countUse(recount(counter, { held }), amount);
  });
  const holds = new Map(account.holds);
  holds.delete(holdId);
  return { ...settled, holds };
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
