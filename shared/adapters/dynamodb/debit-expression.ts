import type { Amounts, Change, Feature, Interval } from '../../domain/account.ts';
import { FAR_FUTURE, MAX_AMOUNT } from '../../domain/account.ts';
import { DEDUPE_WINDOW } from '../../domain/dedupe-window.ts';
import { operationKey } from '../../domain/operation.ts';
import { intervalCode, operationText } from './account-codec.ts';
import { ACCOUNT, COUNTER, STATUS_CODES } from './account-item.ts';
import { CHANGE, toChangeItem } from './change-codec.ts';

/** The assumed further intervals of each feature, besides its first counter. */
export type CounterLayout = ReadonlyMap<Feature, readonly Interval[]>;

export interface DebitExpression {
  readonly UpdateExpression: string;
  readonly ConditionExpression: string;
  readonly ExpressionAttributeNames: Record<string, string>;
  readonly ExpressionAttributeValues: Record<string, unknown>;
}

/**
 * The one write of a consume: debits every counter in `layout`, records the operation and increments the
 * version. Its condition requires everything that `decide` requires, so DynamoDB applies it only where
 * `decide` allows the debit, whatever changed since the last read.
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
    ':active': STATUS_CODES.active,
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

  const isActive = `${ACCOUNT.status} = :active`;
  const planIsValid = `${ACCOUNT.usableUntil} > :now`;
  const isNew = `attribute_not_exists(${ACCOUNT.operations}.#op)`;
  const hasRoom = `size(${ACCOUNT.operations}) < :room`;
  // Forgotten operations are older than the floor; a write with older knowledge may repeat one of them.
  const isInformed = `${ACCOUNT.floor} <= :asOf`;
  // If the last change is dated ahead of this one, the account is saved by compare and swap, which dates in
  // order.
  const isInOrder = `${ACCOUNT.change}.${CHANGE.at} <= :at`;
  const conditions = [isActive, planIsValid, isNew, hasRoom, isInformed, isInOrder];
  const updates = [
    `${ACCOUNT.version} = ${ACCOUNT.version} + :one`,
    `${ACCOUNT.change} = :change`,
    `${ACCOUNT.operations}.#op = :accepted`,
  ];

  [...amounts].forEach(([feature, amount], index) => {
    const further = layout.get(feature) ?? [];
    names[`#f${index}`] = feature;
    values[`:n${index}`] = amount;
    values[`:m${index}`] = MAX_AMOUNT - amount;
    values[`:b${index}`] = amount - MAX_AMOUNT;
    if (further.length > 0) values[`:w${index}`] = further.length;

    const furtherPath = `${ACCOUNT.furtherCounters}.#f${index}`;
    const hasTheseCounters =
      further.length === 0 ? `attribute_not_exists(${furtherPath})` : `size(${furtherPath}) = :w${index}`;
    conditions.push(hasTheseCounters);
    const paths = [`${ACCOUNT.counters}.#f${index}`];
    for (const interval of further) {
      names[`#i${intervalCode(interval)}`] = intervalCode(interval);
      paths.push(`${furtherPath}.#i${intervalCode(interval)}`);
    }
    for (const path of paths) {
      const periodEnd = `${path}.${COUNTER.periodEnd}`;
      const remaining = `${path}.${COUNTER.remaining}`;
      const used = `${path}.${COUNTER.used}`;
      const lifetime = `${path}.${COUNTER.lifetime}`;
      const enforced = `${path}.${COUNTER.enforced}`;
      const isOpen = `${periodEnd} > :now`;
      // A counter whose period never ends need not be in the index.
      const dueIndexKnows = `(${ACCOUNT.dueAt} <= ${periodEnd} OR ${periodEnd} = :never)`;
      const isEnough = `(${remaining} >= :n${index} OR ${enforced} = :no AND ${remaining} >= :b${index})`;
      const isCountable = `${lifetime} <= :m${index}`;
      conditions.push(isOpen, dueIndexKnows, isEnough, isCountable);
      updates.push(
        `${remaining} = ${remaining} - :n${index}`,
        `${used} = ${used} + :n${index}`,
        `${lifetime} = ${lifetime} + :n${index}`,
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
