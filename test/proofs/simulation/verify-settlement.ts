import type { Account, Change, Counter, Feature, Hold } from '../../../shared/domain/account.ts';
import { type CounterChange, heldIn, isOf, usesPayment } from './verify-period.ts';

const DAY_MS = 86_400_000;

/** A reservation, from the image that made it. */
export interface Reservation {
  readonly hold: Hold;
  /** Version and instant of that image; true time, epoch ms. */
  readonly version: number;
  readonly since: number;
  /**
   * Start of each period that it was taken from and that no payment reopened, by feature and interval:
   * Stripe's data may move an end, not a start.
   */
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
 * A reservation after a change of its account: a payment that reopens a billing cycle closes the one that
 * started in the same second.
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

/** Latest confirmation of a reservation (epoch ms): a day after its hold expires. */
export function confirmableUntil({ hold }: Reservation): number {
  return hold.expiresAt + DAY_MS;
}

/** Whether a counter is in the period of the hold. */
export function isHere(counterChange: CounterChange, feature: Feature, counter: Counter): boolean {
  const { before, change, reservation } = counterChange;
  const hold = before?.holds.get(change.reservationId ?? '');
  if (hold && isOf(hold, feature, counter)) return true;
  // Another period may have the hold's expected end, and none has its start.
  const start = reservation?.periodStarts.get(`${feature}/${counter.interval}`);
  // A gauge has one period, also if a plan restores it under another billing anchor.
  if (counter.interval === 'never') return start !== undefined;
  if (start === counter.periodStart) return isOpen(counterChange);
  // A counter that the plan has dropped is restored for the rest of its period.
  const isRestored = !before?.counters.get(feature)?.some(({ interval }) => interval === counter.interval);
  return start !== undefined && isRestored && isOf(reservation?.hold, feature, counter);
}

function isOpen({ change, counter }: CounterChange): boolean {
  return counter.periodEnd > change.at;
}

/**
 * A confirmation books the true amount once for each interval of the reservation: in the counter, or as late
 * use. The change has its overdraft.
 */
export function verifySettlement(counterChange: Omit<CounterChange, 'feature' | 'counter'>): void {
  const { after, change, report, reservation } = counterChange;
  if (change.kind !== 'confirm' && change.kind !== 'cancel') return;
  if (!reservation) {
    report('used is used', `version ${after.version} settles a reservation that was never made`);
    return;
  }
  if (change.at >= confirmableUntil(reservation))
    report(
      'used is used',
      `version ${after.version} settles a reservation that expired more than a day before`,
    );
  for (const [feature, ends] of reservation.hold.periodEnds) {
    const amount = change.amounts.get(feature) ?? 0;
    for (const interval of ends.keys()) {
      const name = `${feature}/${interval} at version ${after.version}`;
      const counter = after.counters.get(feature)?.find((other) => other.interval === interval);
      const isBooked =
        counter !== undefined && isHere({ ...counterChange, feature, counter }, feature, counter);
      const late = (change.late ?? []).filter((use) => use.feature === feature && use.interval === interval);
      const booked = late.reduce((sum, use) => sum + use.amount, isBooked ? amount : 0);
      if (booked !== amount) report('used is used', `${name}: ${booked} booked of ${amount} confirmed`);
    }
    if (amount > 0 && !after.counters.has(feature))
      report('used is used', `${feature} at version ${after.version}: confirmed, and in no lifetime`);
  }
}

/** The possible overdraft of a counter by a confirmation, from the counter before it. */
export function expectedOverdraft(
  counterChange: CounterChange,
  from: { readonly used: bigint; readonly held: number },
): number {
  const { before, change, feature, counter } = counterChange;
  if (change.kind !== 'confirm' || !counter.enforced || !isHere(counterChange, feature, counter)) return 0;
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
