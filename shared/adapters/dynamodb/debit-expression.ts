import type { Amounts, Change, Feature, Interval } from '../../domain/account.ts';
import { FAR_FUTURE, MAX_AMOUNT } from '../../domain/account.ts';
import { DEDUPE_WINDOW } from '../../domain/dedupe-window.ts';
import { operationKey } from '../../domain/operation.ts';
import { intervalCode, operationText } from './account-codec.ts';
import { toChangeItem } from './change-codec.ts';

/** Further intervals that each feature is believed to have, besides its first counter. */
export type CounterLayout = ReadonlyMap<Feature, readonly Interval[]>;

export interface DebitExpression {
  readonly UpdateExpression: string;
  readonly ConditionExpression: string;
  readonly ExpressionAttributeNames: Record<string, string>;
  readonly ExpressionAttributeValues: Record<string, unknown>;
}

/**
 * The one write of a consume: uses the amounts of every counter named by `layout`, remembers the operation, counts
 * the version. Its condition asks for everything that `decide` asks for, so it is applied only where `decide`
 * would have allowed it, whatever happened since anybody looked.
 *
 * ```
 * unknown state ── one conditional write ──▶ applied: the new item
 *                                       └──▶ refused: the old item says why
 * ```
 */
export function debitExpression(
  amounts: Amounts,
  change: Change,
  layout: CounterLayout,
  now: number,
  asOf: number,
): DebitExpression {
  const names: Record<string, string> = { '#op': operationKey(change.operationId) };
  const values: Record<string, unknown> = {
    ':one': 1,
    ':active': 'a',
    ':now': now,
    ':at': change.at,
    ':asOf': asOf,
    ':room': DEDUPE_WINDOW.room,
    ':no': false,
    ':never': FAR_FUTURE,
    ':change': toChangeItem(change),
    ':accepted': operationText({
      fingerprint: change.fingerprint,
      keyed: change.keyed,
      isSettled: false,
      acceptedAtSeconds: Math.floor(change.at / 1000),
    }),
  };

  const isActive = 's = :active';
  const planIsValid = 'u > :now';
  const isNew = 'attribute_not_exists(o.#op)';
  const hasRoom = 'size(o) < :room';
  // What the account has forgotten happened before its floor; a write that knows less may be a repetition of it.
  const isInformed = 'f <= :asOf';
  // An account whose last change is dated ahead of this one is saved by compare and swap, which dates in order.
  const isInOrder = 'g.t <= :at';
  const conditions = [isActive, planIsValid, isNew, hasRoom, isInformed, isInOrder];
  const updates = ['v = v + :one', 'g = :change', 'o.#op = :accepted'];

  [...amounts].forEach(([feature, amount], index) => {
    const further = layout.get(feature) ?? [];
    names[`#f${index}`] = feature;
    values[`:n${index}`] = amount;
    values[`:m${index}`] = MAX_AMOUNT - amount;
    values[`:b${index}`] = amount - MAX_AMOUNT;
    if (further.length > 0) values[`:w${index}`] = further.length;

    const hasTheseCounters =
      further.length === 0 ? `attribute_not_exists(w.#f${index})` : `size(w.#f${index}) = :w${index}`;
    conditions.push(hasTheseCounters);
    const paths = [`c.#f${index}`];
    for (const interval of further) {
      names[`#i${intervalCode(interval)}`] = intervalCode(interval);
      paths.push(`w.#f${index}.#i${intervalCode(interval)}`);
    }
    for (const path of paths) {
      const isOpen = `${path}.x > :now`;
      // What no period ends need not be in the index.
      const dueIndexKnows = `(d <= ${path}.x OR ${path}.x = :never)`;
      const isEnough = `(${path}.r >= :n${index} OR ${path}.e = :no AND ${path}.r >= :b${index})`;
      const isCountable = `${path}.t <= :m${index}`;
      conditions.push(isOpen, dueIndexKnows, isEnough, isCountable);
      updates.push(
        `${path}.r = ${path}.r - :n${index}`,
        `${path}.u = ${path}.u + :n${index}`,
        `${path}.t = ${path}.t + :n${index}`,
      );
    }
  });

  return {
    UpdateExpression: `SET ${updates.join(', ')}`,
    ConditionExpression: conditions.join(' AND '),
    ExpressionAttributeNames: names,
    ExpressionAttributeValues: values,
  };
}
