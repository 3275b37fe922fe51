import type { Account, Change, Counter, Feature, Interval } from './account.ts';
import { type HeldPeriod, heldPeriods } from './hold.ts';

/** The change of one counter's period by an operation. */
export interface LedgerDelta {
  readonly feature: Feature;
  readonly interval: Interval;
  readonly periodStart: number;
  readonly used: number;
  readonly held: number;
  readonly limit: number;
}

/** A reservation as it was created. Its amounts are the entry's. */
export interface Reservation {
  /** Epoch ms. */
  readonly expiresAt: number;
  readonly periods: readonly HeldPeriod[];
}

/** One accepted change. An account's entries have its versions as numbers, without a gap. */
export interface LedgerEntry extends Change {
  readonly userId: string;
  readonly version: number;
  readonly planId: string;
  readonly deltas: readonly LedgerDelta[];
  /** Only for a `reserve`: the data that a confirmation needs after the account has released the hold. */
  readonly reservation?: Reservation;
  /** When the projector wrote it (epoch ms). */
  readonly projectedAt: number;
}

/** Creates the ledger entry of the change between two successive images of an account. */
export function ledgerEntry(
  before: Account | undefined,
  after: Account & { change: Change },
  projectedAt: number,
): LedgerEntry {
  const reservation = reservationOf(after);
  return {
    ...after.change,
    userId: after.userId,
    version: after.version,
    planId: after.plan.id,
    deltas: deltasBetween(before, after),
    ...(reservation && { reservation }),
    projectedAt,
  };
}

function reservationOf(after: Account & { change: Change }): Reservation | undefined {
  const { kind, reservationId } = after.change;
  const hold = kind === 'reserve' ? after.holds.get(reservationId ?? '') : undefined;
  return hold && { expiresAt: hold.expiresAt, periods: heldPeriods(after, hold) };
}

/** Sums used, held and limit per counter and period over ledger entries. Key: `counterKey`. */
export function sumLedger(
  entries: Iterable<LedgerEntry>,
): Map<string, Pick<Counter, 'used' | 'held'> & { limit: number }> {
  const sums = new Map<string, { used: number; held: number; limit: number }>();
  for (const { deltas } of entries) {
    for (const delta of deltas) {
      const key = counterKey(delta.feature, delta);
      const sum = sums.get(key) ?? { used: 0, held: 0, limit: 0 };
      sums.set(key, {
        used: sum.used + delta.used,
        held: sum.held + delta.held,
        limit: sum.limit + delta.limit,
      });
    }
  }
  return sums;
}

/** The key of a counter's period in sums of the ledger. */
export function counterKey(
  feature: Feature,
  { interval, periodStart }: Pick<Counter, 'interval' | 'periodStart'>,
) {
  return `${feature}/${interval}/${periodStart}`;
}

function deltasBetween(before: Account | undefined, after: Account): LedgerDelta[] {
  const deltas: LedgerDelta[] = [];
  const old = new Map(counterEntries(before));
  for (const [key, { feature, counter }] of counterEntries(after)) {
    const from = old.get(key)?.counter;
    deltas.push(delta(feature, counter, from, counter));
  }
  for (const { feature, counter } of old.values()) {
    const isLeft = after.counters.get(feature)?.some(({ interval }) => interval === counter.interval);
    if (!isLeft) deltas.push(delta(feature, counter, counter, undefined));
  }
  return deltas.filter(({ used, held, limit }) => used !== 0 || held !== 0 || limit !== 0);
}

function counterEntries(account: Account | undefined): [string, { feature: Feature; counter: Counter }][] {
  return [...(account?.counters ?? [])].flatMap(([feature, list]) =>
    list.map((counter): [string, { feature: Feature; counter: Counter }] => [
      counterKey(feature, counter),
      { feature, counter },
    ]),
  );
}

function delta(
  feature: Feature,
  { interval, periodStart }: Counter,
  from: Counter | undefined,
  to: Counter | undefined,
): LedgerDelta {
  return {
    feature,
    interval,
    periodStart,
    used: (to?.used ?? 0) - (from?.used ?? 0),
    held: (to?.held ?? 0) - (from?.held ?? 0),
    limit: (to?.limit ?? 0) - (from?.limit ?? 0),
  };
}
