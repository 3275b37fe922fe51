import type { Account, Change, Counter, Feature, Hold } from '../../../shared/domain/account.ts';
import { DEDUPE_WINDOW } from '../../../shared/domain/dedupe-window.ts';
import { plainPeriod } from './calendar.ts';
import type { Promised } from './promised.ts';
import type { Reservation } from './verify-settlement.ts';

/** A counter of an account's new image, and the context to verify it. */
export interface CounterChange {
  readonly before: Account | undefined;
  readonly after: Account;
  readonly change: Change;
  readonly feature: Feature;
  readonly counter: Counter;
  /** The reservation that the change names, as it was made. */
  readonly reservation: Reservation | undefined;
  readonly report: (promised: Promised, text: string) => void;
}

/**
 * Whether a counter is still in its previous period. Stripe's data moves a period's end, not its start; if
 * the plan ended in between, a restored counter of the same period is new.
 */
export function isPeriodOf(old: Counter, counterChange: CounterChange): boolean {
  const { periodStart, periodEnd, used, held } = counterChange.counter;
  if (isInterrupted(counterChange) && used === 0 && held === 0) return false;
  // A second payment within one second: the money oracle verifies whether it existed.
  if (
    mayMove(counterChange) &&
    usesPayment(counterChange.before, counterChange.after) &&
    used === 0 &&
    held === 0
  )
    return false;
  // Months that follow a longer paid period may have its end.
  if (
    mayMove(counterChange) &&
    isPlanOver(counterChange.before, counterChange.change) &&
    periodStart > old.periodStart
  )
    return false;
  return old.periodEnd === periodEnd || (old.periodStart === periodStart && mayMove(counterChange));
}

/** Billing cycles are Stripe's: its data moves them, and they are months again without a paid plan. */
function mayMove({ before, change, counter }: CounterChange): boolean {
  const isFollowed = change.kind === 'plan' && change.reason === 'subscription';
  return counter.interval === 'billing_cycle' && (isFollowed || isPlanOver(before, change));
}

/**
 * Whether a plan restored a billing cycle that the end of the last plan had closed or dropped in the same
 * save.
 */
function isInterrupted({ before, change, counter }: CounterChange): boolean {
  return counter.interval === 'billing_cycle' && change.kind === 'plan' && isPlanOver(before, change);
}

/** Whether a change marks a payment as applied that was not before. */
export function usesPayment(before: Account | undefined, after: Account): boolean {
  const known = before?.usedPayments?.invoiceIds ?? [];
  return (after.usedPayments?.invoiceIds ?? []).some((id) => !known.includes(id));
}

function isPlanOver(before: Account | undefined, change: Change): boolean {
  return before !== undefined && before.validUntil <= change.at;
}

export function isSamePlan(before: Account | undefined, after: Account): boolean {
  return before?.plan.id === after.plan.id && before.plan.version === after.plan.version;
}

/**
 * The earliest possible time of the change: it may be dated like the previous one, made by a clock ahead of
 * its own.
 */
export function earliestOf({ before, change }: CounterChange): number {
  return change.at === before?.change?.at ? change.at - DEDUPE_WINDOW.clockSkewMs : change.at;
}

/** A period begins at the end of the last one, not before that, and matches the calendar. */
export function verifyPeriod(counterChange: CounterChange, old: Counter | undefined): void {
  const { before, after, change, feature, counter, report } = counterChange;
  const { interval, periodStart, periodEnd } = counter;
  const name = `${feature}/${interval} at version ${after.version}`;
  const span = `${new Date(periodStart).toISOString()} – ${new Date(periodEnd).toISOString()}`;
  const earliest = earliestOf(counterChange);
  const isStripes =
    old !== undefined &&
    (isInterrupted(counterChange) ||
      (mayMove(counterChange) &&
        (periodStart > old.periodStart || usesPayment(counterChange.before, counterChange.after))));
  if (
    old &&
    old.periodEnd > change.at &&
    !isStripes &&
    !(mayBeNew(counterChange) && isUnused(counterChange, old))
  )
    report('resets are exact', `${name}: reset before its period was over`);
  if (old && periodStart < old.periodEnd && !mayBeNew(counterChange) && !isStripes)
    report('resets are exact', `${name}: ${span} begins in the period before`);
  // A gauge's begins with the billing, which a trial has before it.
  const latest = interval === 'billing_cycle' ? change.at + DEDUPE_WINDOW.clockSkewMs : change.at;
  if ((periodStart > latest && interval !== 'never') || periodEnd <= earliest)
    report('resets are exact', `${name}: ${span} is not now`);
  // A period opened on the way follows the old calendar, just before the new one is set.
  const isPlainCalendar = [before, after].every(
    (account) => !account || (account.schedule.timeZone === 'UTC' && account.schedule.anchor === null),
  );
  if (!isPlainCalendar) return;
  const anchors = [before, after].map((account) => account?.schedule.billingAnchor ?? change.at);
  const startsOf = (start: number) => [
    Math.max(start, old?.periodEnd ?? start),
    ...(mayBeNew(counterChange) ? [start] : []),
  ];
  const plain = [change.at, earliest].flatMap((at) =>
    anchors.map((anchor) => plainPeriod(interval, at, anchor)),
  );
  const isPlain = plain.some(
    (period) =>
      period === undefined || (periodEnd === period.end && startsOf(period.start).includes(periodStart)),
  );
  if (!isPlain) report('resets are exact', `${name}: ${span} is not the calendar's`);
}

/** Whether a counter is unused, so that a plan may drop it, and restore it on another calendar. */
function isUnused({ after, feature }: CounterChange, old: Counter): boolean {
  return old.used === 0 && [...after.holds.values()].every((hold) => heldIn(hold, feature, old) === 0);
}

/**
 * Whether the counter may be a new one: a rollover on the way drops an interval that the old plan's newest
 * version lacks, and the new plan opens it anew, as after a separately saved rollover.
 */
function mayBeNew(counterChange: CounterChange): boolean {
  const { before, after, change } = counterChange;
  if (change.kind === 'confirm') return isRestored(counterChange);
  return change.kind === 'plan' && (!isSamePlan(before, after) || isPlanOver(before, change));
}

/**
 * Whether a late confirmation restored a counter that the plan no longer has and that a rollover in passing
 * dropped.
 */
function isRestored({ change, feature, counter }: CounterChange): boolean {
  const { interval, limit, used, held } = counter;
  const isLate = change.late?.some((use) => use.feature === feature && use.interval === interval);
  return isLate === true && limit === 0 && used === 0 && held === 0;
}

export function heldIn(hold: Hold, feature: Feature, counter: Counter): number {
  return isOf(hold, feature, counter) ? (hold.amounts.get(feature) ?? 0) : 0;
}

export function isOf(hold: Hold | undefined, feature: Feature, { interval, periodEnd }: Counter): boolean {
  return hold?.periodEnds.get(feature)?.get(interval) === periodEnd;
}

/** Units of holds that expired on the way. */
export function expired({ before, after, change, feature }: CounterChange, old: Counter): number {
  let units = 0;
  for (const [id, hold] of before?.holds ?? []) {
    if (id !== change.reservationId && !after.holds.has(id)) units += heldIn(hold, feature, old);
  }
  return units;
}
