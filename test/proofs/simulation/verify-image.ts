import { type Account, type Counter, FAR_FUTURE, MAX_AMOUNT } from '../../../shared/domain/account.ts';
import { FOLLOWED_MS } from '../../../shared/domain/next-version.ts';
import { operationKey } from '../../../shared/domain/operation.ts';
import type { Fault, Promised } from './promised.ts';
import { type PlanLookup, verifyLimit } from './verify-limit.ts';
import {
  type CounterChange,
  earliestOf,
  expired,
  heldIn,
  isPeriodOf,
  isSamePlan,
  verifyPeriod,
} from './verify-period.ts';
import {
  expectedOverdraft,
  isHere,
  overdraftIn,
  type Reservation,
  verifySettlement,
} from './verify-settlement.ts';

/**
 * All faults of an account's new image, relative to the previous one. It uses the change named in the image
 * and its own arithmetic: nothing of the domain verifies the domain.
 *
 * @param reservation the one that the change names, as it was made
 */
export function imageFaults(
  before: Account | undefined,
  after: Account,
  { planOf, reservation }: { planOf: PlanLookup; reservation: Reservation | undefined },
): Fault[] {
  const { change } = after;
  if (!change) return [{ promised: 'nothing lost', text: 'an image without the change that made it' }];
  if (before?.version === after.version) return tidyFaults(before, after);
  const faults: Fault[] = [];
  const report = (promised: Promised, text: string) => faults.push({ promised, text });
  if (after.version !== (before?.version ?? 0) + 1) {
    report('nothing lost', `version ${after.version} follows ${before?.version ?? 'nothing'}`);
  }
  const lastAt = before?.change?.at ?? change.at;
  if (change.at < lastAt && lastAt - change.at <= FOLLOWED_MS) {
    report('nothing lost', `version ${after.version} is dated before the version before it`);
  }
  if (!after.operations.has(operationKey(change.operationId))) {
    report('charged once', `version ${after.version} does not remember its own operation`);
  }
  for (const [id, hold] of before?.holds ?? []) {
    const isOver = hold.expiresAt <= change.at || id === change.reservationId;
    if (!after.holds.has(id) && !isOver)
      report('holds come back', `version ${after.version} lacks a hold that had not expired`);
  }
  const counterChange = { before, after, change, reservation, report };
  for (const [feature, list] of after.counters) {
    for (const counter of list) {
      verifyCounter({ ...counterChange, feature, counter });
      verifyLimit({ ...counterChange, feature, counter }, planOf);
    }
  }
  verifySettlement(counterChange);
  verifyDue(after, report);
  return faults;
}

function verifyCounter(counterChange: CounterChange): void {
  const { before, after, change, feature, counter, report } = counterChange;
  const name = `${feature}/${counter.interval} at version ${after.version}`;
  const old = before?.counters.get(feature)?.find(({ interval }) => interval === counter.interval);
  const isSamePeriod = old !== undefined && isPeriodOf(old, counterChange);
  const { used, held, limit, remaining } = counter;
  if (remaining !== Math.max(-MAX_AMOUNT, (limit ?? 0) - used - held))
    report('figures add up', `${name}: ${limit} − ${used} − ${held} is not ${remaining}`);

  const from = isSamePeriod
    ? { used: usedInAll(old), held: old.held - expired(counterChange, old) }
    : { used: 0n, held: 0 };
  const to = expectedFigures(counterChange, from);
  verifyExactness(counterChange);
  if (!to.used.includes(usedInAll(counter)) || held !== to.held) {
    const promised = isSamePeriod ? 'figures add up' : 'resets are exact';
    report(
      promised,
      `${name}: used ${used}, held ${held} after ${change.kind}; expected ${to.used.join(' or ')}, ${to.held}`,
    );
  }
  const isMore = usedInAll(counter) + BigInt(held) > from.used + BigInt(from.held);
  // Work that was done is counted, and the change has its overdraft.
  if (isMore && counter.enforced && remaining < 0 && change.kind !== 'confirm') {
    report('never over the limit', `${name}: ${used} used and ${held} held of ${limit}`);
  }
  const [overdrawn, over] = [overdraftIn(change, feature, counter), expectedOverdraft(counterChange, from)];
  const isLate = (change.late ?? []).some(
    (use) => use.feature === feature && use.interval === counter.interval,
  );
  if (overdrawn !== over && !isLate)
    report('never over the limit', `${name}: overdrawn is ${overdrawn}, expected ${over}`);
  if (isSamePeriod && change.kind !== 'plan' && isSamePlan(before, after)) {
    const allowanceOf = (one: Counter) => (one.limit === null ? null : one.limit - one.granted);
    if (allowanceOf(counter) !== allowanceOf(old))
      report('figures add up', `${name}: the limit became ${limit}`);
  }
  const isTaken = (change.kind === 'consume' || change.kind === 'reserve') && change.amounts.has(feature);
  if (isTaken && counter.periodEnd <= earliestOf(counterChange))
    report('resets are exact', `${name}: used after its period was over`);
  if (!isSamePeriod) verifyPeriod(counterChange, old);
}

/** Every figure is an exact number, and the lifetime total grows by the usage, whatever was counted. */
function verifyExactness({ before, change, feature, counter, after, report }: CounterChange): void {
  const { used, held, lifetime, remaining } = counter;
  const name = `${feature}/${counter.interval} at version ${after.version}`;
  if (![used, held, lifetime, remaining].every(Number.isSafeInteger))
    report('figures add up', `${name}: ${used} used, ${held} held, ${lifetime} in all is not exact`);
  const first = before?.counters.get(feature)?.[0];
  const isUse = change.kind === 'consume' || change.kind === 'confirm';
  const growth = isUse && change.amounts.has(feature) ? BigInt(change.amounts.get(feature) ?? 0) : 0n;
  const expected = (first ? lifetimeInAll(first) : 0n) + growth;
  if (lifetimeInAll(counter) !== expected)
    report('figures add up', `${name}: ${lifetimeInAll(counter)} counted in all, not ${expected}`);
}

const usedInAll = ({ used, excess = '0' }: Counter) => BigInt(used) + BigInt(excess);
const lifetimeInAll = ({ lifetime, closed = '0' }: Counter) => BigInt(lifetime) + BigInt(closed);

/** The figures of a counter after a change. A reset spares gauges that were not named. */
function expectedFigures(
  counterChange: CounterChange,
  { used, held }: { used: bigint; held: number },
): { used: bigint[]; held: number } {
  const { before, change, feature, counter } = counterChange;
  const units = change.amounts.get(feature) ?? 0;
  const amount = BigInt(units);
  const hold = before?.holds.get(change.reservationId ?? '');
  switch (change.kind) {
    case 'consume':
      return { used: [used + amount], held };
    case 'reserve':
      return { used: [used], held: held + units };
    case 'release':
      return { used: [counter.interval === 'never' ? used - amount : used], held };
    case 'confirm':
    case 'cancel': {
      const freed = hold ? heldIn(hold, feature, counter) : 0;
      return { used: [used + (isHere(counterChange, feature, counter) ? amount : 0n)], held: held - freed };
    }
    case 'reset':
      return { used: change.amounts.has(feature) && counter.interval !== 'never' ? [0n] : [0n, used], held };
    default:
      return { used: [used], held };
  }
}

/** An account with something due is indexed no later than that; without anything due, not at all. */
function verifyDue(
  { counters, holds, validUntil, dueAt, version }: Account,
  report: CounterChange['report'],
): void {
  const used = [...counters.values()].flat().filter((counter) => counter.used !== 0 || counter.held !== 0);
  const moments = [
    ...used.map(({ periodEnd }) => periodEnd),
    ...[...holds.values()].map(({ expiresAt }) => expiresAt),
    validUntil,
  ].filter((moment) => moment < FAR_FUTURE);
  const earliest = Math.min(...moments);
  if (moments.length > 0 && (dueAt === null || dueAt > earliest)) {
    report('due accounts are found', `version ${version} is due at ${earliest}, and indexed at ${dueAt}`);
  }
  if (dueAt !== null && dueAt >= FAR_FUTURE) {
    report('due accounts are found', `version ${version} is indexed though nothing will ever be due`);
  }
}

/** Pruning only removes remembered operations, and raises the floor. */
function tidyFaults(before: Account, after: Account): Fault[] {
  const isLess = [...after.operations.keys()].every((key) => before.operations.has(key));
  const figures = ({ counters, holds, dueAt }: Account) =>
    JSON.stringify([[...counters].sort(), [...holds.keys()].sort(), dueAt]);
  return isLess && after.floor > before.floor && figures(before) === figures(after)
    ? []
    : [{ promised: 'nothing lost', text: `version ${after.version} was overwritten` }];
}
