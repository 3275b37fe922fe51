import type { Account, Change, Counter, Feature, Hold } from '../../../shared/domain/account.ts';
import { heldIn, isOf, type Judged, usesPayment } from './judge-period.ts';

const DAY_MS = 86_400_000;

/** A reservation, as the image showed it that made it. */
export interface Reservation {
  readonly hold: Hold;
  /** Version and moment of that image; true time, epoch ms. */
  readonly version: number;
  readonly since: number;
  /** Start of each period that it was taken from and that no payment opened anew, by feature and interval: what Stripe says may move an end, not a start. */
  readonly periodStarts: ReadonlyMap<string, number>;
}

/** The reservation that a change made, if it made one. */
export function reservationOf({ change, holds, counters, version }: Account, since: number) {
  const hold = change?.kind === 'reserve' ? holds.get(change.reservationId ?? '') : undefined;
  if (!hold) return undefined;
  const periodStarts = new Map(
    [...hold.amounts.keys()].flatMap((feature) =>
      (counters.get(feature) ?? []).map(({ interval, periodStart }): [string, number] => [
        `${feature}/${interval}`,
        periodStart,
      ]),
    ),
  );
  return { hold, version, since, periodStarts } satisfies Reservation;
}

/**
 * A reservation after a change of its account: a payment that opens a billing cycle anew closes the one that started in the
 * same second.
 */
export function afterChange(
  reservation: Reservation,
  before: Account | undefined,
  after: Account,
): Reservation {
  if (!usesPayment(before, after)) return reservation;
  const isOpen = ([name, start]: [string, number]) =>
    !name.endsWith('/billing_cycle') || start !== after.usedPayments?.periodStart;
  return { ...reservation, periodStarts: new Map([...reservation.periodStarts].filter(isOpen)) };
}

/** Until when a reservation may be confirmed (epoch ms): a day longer than it holds its units. */
export function confirmableUntil({ hold }: Reservation): number {
  return hold.expiresAt + DAY_MS;
}

/** Whether a counter counts in the period that the hold was taken from. */
export function isHere(judged: Judged, feature: Feature, counter: Counter): boolean {
  const { before, change, reservation } = judged;
  const hold = before?.holds.get(change.reservationId ?? '');
  if (hold && isOf(hold, feature, counter)) return true;
  // Another period may have the end that the hold's was to have, and none has its start.
  const start = reservation?.periodStarts.get(`${feature}/${counter.interval}`);
  // A gauge has one period, also where a plan brings it back after the billing has another anchor.
  if (counter.interval === 'never') return start !== undefined;
  return start === counter.periodStart && isOpen(judged);
}

function isOpen({ change, counter }: Judged): boolean {
  return counter.periodEnd > change.at;
}

/**
 * A confirmation books the true amount once for each interval that the reservation was taken from: in the counter, or as
 * late use. By how much it passed the limit is in the change.
 */
export function judgeSettlement(judged: Omit<Judged, 'feature' | 'counter'>): void {
  const { after, change, say, reservation } = judged;
  if (change.kind !== 'confirm' && change.kind !== 'cancel') return;
  if (!reservation) {
    say('used is used', `version ${after.version} settles a reservation that was never made`);
    return;
  }
  if (change.at >= confirmableUntil(reservation))
    say('used is used', `version ${after.version} settles a reservation that expired more than a day before`);
  for (const [feature, ends] of reservation.hold.periodEnds) {
    const amount = change.amounts.get(feature) ?? 0;
    for (const interval of ends.keys()) {
      const name = `${feature}/${interval} at version ${after.version}`;
      const counter = after.counters.get(feature)?.find((other) => other.interval === interval);
      const isBooked = counter !== undefined && isHere({ ...judged, feature, counter }, feature, counter);
      const late = (change.late ?? []).filter((use) => use.feature === feature && use.interval === interval);
      const booked = late.reduce((sum, use) => sum + use.amount, isBooked ? amount : 0);
      if (booked !== amount) say('used is used', `${name}: ${booked} booked of ${amount} confirmed`);
    }
    if (amount > 0 && !after.counters.has(feature))
      say('used is used', `${feature} at version ${after.version}: confirmed, and in no lifetime`);
  }
}

/** By how much a confirmation may have passed a counter's limit, given what the counter had before it. */
export function expectedOverdraft(
  judged: Judged,
  from: { readonly used: bigint; readonly held: number },
): number {
  const { before, change, feature, counter } = judged;
  if (change.kind !== 'confirm' || !counter.enforced || !isHere(judged, feature, counter)) return 0;
  const amount = change.amounts.get(feature) ?? 0;
  const open = before?.holds.get(change.reservationId ?? '');
  const units = open ? heldIn(open, feature, counter) : 0;
  const [reserved, freed] = open && open.expiresAt > change.at ? [units, 0] : [0, units];
  const had = Number(BigInt((counter.limit ?? 0) - from.held + freed) - from.used);
  return Math.max(0, amount - reserved - Math.max(0, had));
}

export function overdraftIn(change: Change, feature: Feature, { interval }: Counter): number {
  const own = (change.overdrawn ?? []).filter((one) => one.feature === feature && one.interval === interval);
  return own.reduce((sum, { amount }) => sum + amount, 0);
}
