import { isDeepStrictEqual } from 'node:util';
import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { BatchExecuteStatementCommand, GetCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { AcceptedOperation, Account, Amounts, Change } from '../../domain/account.ts';
import { fromAccountItem, operationText, toAccountItem } from './account-codec.ts';
import { ACCOUNT, type AccountItem } from './account-item.ts';
import { batchGet } from './batch-get.ts';
import { type CounterLayout, debitExpression } from './debit-expression.ts';
import { attempt, type Table, unlessRefused } from './dynamodb.ts';
import { accountKey, userIdOf } from './keys.ts';

/**
 * `saved`: the account as it is now. `refused`: the condition was false; the account at that moment, or
 * `undefined` without one. Both are exact, and neither cost a read.
 */
export type WriteResult =
  | { readonly code: 'saved'; readonly account: Account }
  | { readonly code: 'refused'; readonly account: Account | undefined };

export interface Debit {
  readonly userId: string;
  readonly amounts: Amounts;
  readonly change: Change;
  readonly layout: CounterLayout;
  /** Epoch ms. */
  readonly now: number;
  /** The age of the caller's knowledge of the operation (epoch ms); see `DEDUPE_WINDOW`. */
  readonly asOf: number;
}

/** The changes of a pruning. */
export interface Pruning {
  readonly userId: string;
  /** The floor that the pruning was computed from, and the new one (epoch ms). */
  readonly floor: { readonly from: number; readonly to: number };
  /** Keys of operations to forget. */
  readonly forget: readonly string[];
  /** Operations that the next pruning may forget, by key. */
  readonly settle: ReadonlyMap<string, AcceptedOperation>;
}

/** Maximum operations per pruning write; DynamoDB limits the size of an expression. */
const PRUNED_AT_ONCE = 200;

/** An account as it was read, and its next version. */
export interface AccountStep {
  readonly before: Account;
  readonly after: Account;
}

/**
 * Accounts in DynamoDB. Every write is one conditional request without retries. A signal that ends it leaves
 * its outcome unknown. Errors are those of `attempt`.
 */
export class AccountStore {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  /**
   * The account, or `undefined`. `consistent` costs twice the read units and returns every accepted write.
   */
  async read(
    userId: string,
    { consistent, signal }: { consistent: boolean; signal?: AbortSignal },
  ): Promise<Account | undefined> {
    const command = new GetCommand({
      TableName: this.#table.name,
      Key: accountKey(userId),
      ConsistentRead: consistent,
    });
    const { Item } = await attempt(() => this.#table.client.send(command, abortedBy(signal)));
    return Item && fromAccountItem(Item as AccountItem); // items at this key are written by this store alone
  }

  /** The users' existing accounts, by user. They may be a moment old. */
  async readMany(userIds: readonly string[]): Promise<Map<string, Account>> {
    const items = await batchGet(this.#table, userIds.map(accountKey));
    return new Map(
      items.map((item) => [userIdOf(String(item.pk)), fromAccountItem(item as unknown as AccountItem)]), // as in `read`
    );
  }

  /** Uses units without reading first: one request, applied only where `decide` would allow it. */
  async debit(
    { userId, amounts, change, layout, now, asOf }: Debit,
    signal?: AbortSignal,
  ): Promise<WriteResult> {
    const command = new UpdateCommand({
      TableName: this.#table.name,
      Key: accountKey(userId),
      ...debitExpression(amounts, change, layout, now, asOf),
      ReturnValues: 'ALL_NEW',
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    });
    return this.#write(async () => {
      const { Attributes } = await this.#table.client.send(command, abortedBy(signal));
      return fromAccountItem(Attributes as AccountItem); // ALL_NEW returns the whole item
    });
  }

  /** Saves an account made from the version before its own; refused when another change came first. */
  async save(account: Account, signal?: AbortSignal): Promise<WriteResult> {
    const isFirst = account.version === 1;
    const command = new PutCommand({
      TableName: this.#table.name,
      Item: toAccountItem(account),
      ConditionExpression: isFirst ? 'attribute_not_exists(pk)' : `${ACCOUNT.version} = :read`,
      ...(!isFirst && { ExpressionAttributeValues: { ':read': account.version - 1 } }),
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    });
    return this.#write(async () => {
      await this.#table.client.send(command, abortedBy(signal));
      return account;
    });
  }

  /**
   * Saves the changed attributes of many accounts (≤ 25) in one request, each on the condition that it was
   * not changed since it was read. Users not returned were rejected, throttled or lost: retry them
   * individually.
   *
   * @returns the users whose accounts are saved
   */
  async saveMany(steps: readonly AccountStep[]): Promise<Set<string>> {
    if (steps.length === 0) return new Set();
    const Statements = steps.map((step) => updateStatement(this.#table.name, step));
    const command = new BatchExecuteStatementCommand({ Statements });
    const { Responses = [] } = await attempt(() => this.#table.client.send(command));
    // The answers have the order of the statements.
    const saved = steps.filter((_, index) => Responses[index] && !Responses[index].Error);
    return new Set(saved.map(({ after }) => after.userId));
  }

  /**
   * Raises an account's floor, forgets operations and settles others. Changes neither version nor balance: a
   * save made from an older image restores the older memory and its floor together. Large prunings take
   * several writes; those after the first apply under the floor that it set.
   *
   * @returns `false` when another pruning came first: nothing, or not all, was changed
   */
  async prune({ userId, floor, forget, settle }: Pruning): Promise<boolean> {
    const steps = [
      ...forget.map((key) => ({ key, text: undefined })),
      ...[...settle].map(([key, operation]) => ({ key, text: operationText(operation) })),
    ];
    let { from } = floor;
    for (let start = 0; start === 0 || start < steps.length; start += PRUNED_AT_ONCE) {
      const isPruned = await this.#prune(
        userId,
        { from, to: floor.to },
        steps.slice(start, start + PRUNED_AT_ONCE),
      );
      if (!isPruned) return false;
      from = floor.to;
    }
    return true;
  }

  async #prune(
    userId: string,
    floor: Pruning['floor'],
    steps: readonly { key: string; text: string | undefined }[],
  ): Promise<boolean> {
    const names = Object.fromEntries(steps.map(({ key }, index) => [`#${index}`, key]));
    const values: Record<string, unknown> = { ':from': floor.from, ':to': floor.to };
    const sets = [`${ACCOUNT.floor} = :to`];
    const removes: string[] = [];
    steps.forEach(({ text }, index) => {
      if (text === undefined) removes.push(`${ACCOUNT.operations}.#${index}`);
      else {
        sets.push(`${ACCOUNT.operations}.#${index} = :${index}`);
        values[`:${index}`] = text;
      }
    });
    const command = new UpdateCommand({
      TableName: this.#table.name,
      Key: accountKey(userId),
      UpdateExpression: `SET ${sets.join(', ')}${removes.length > 0 ? ` REMOVE ${removes.join(', ')}` : ''}`,
      ConditionExpression: `${ACCOUNT.floor} = :from`,
      ...(steps.length > 0 && { ExpressionAttributeNames: names }),
      ExpressionAttributeValues: values,
    });
    return unlessRefused(() => this.#table.client.send(command));
  }

  /** The version of their subscription that the users' accounts follow, by user. It may be a moment old. */
  async subscriptionVersions(userIds: readonly string[]): Promise<Map<string, number>> {
    const items = await batchGet(this.#table, userIds.map(accountKey), {
      projection: `pk, ${ACCOUNT.subscriptionVersion}`,
    });
    return new Map(
      items.map((item) => [userIdOf(String(item.pk)), Number(item[ACCOUNT.subscriptionVersion] ?? 0)]),
    );
  }

  async #write(send: () => Promise<Account>): Promise<WriteResult> {
    try {
      return { code: 'saved', account: await attempt(send) };
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
      const old = error.Item && (unmarshall(error.Item) as AccountItem); // as in `read`
      return { code: 'refused', account: old && fromAccountItem(old) };
    }
  }
}

/** In PartiQL: other batches of writes take no conditions. */
function updateStatement(tableName: string, { before, after }: AccountStep) {
  const item = toAccountItem(after);
  const old: Readonly<Record<string, unknown>> = { ...toAccountItem(before) };
  const changed = Object.entries(item).filter(([name, value]) => !isDeepStrictEqual(value, old[name]));
  const sets = changed.map(([name]) => `SET "${name}" = ?`);
  const removes = Object.keys(old)
    .filter((name) => !(name in item))
    .map((name) => `REMOVE "${name}"`);
  return {
    Statement: `UPDATE "${tableName}" ${[...sets, ...removes].join(' ')} WHERE pk = ? AND sk = ? AND ${ACCOUNT.version} = ?`,
    Parameters: [...changed.map(([, value]) => value), item.pk, item.sk, before.version],
  };
}

function abortedBy(signal: AbortSignal | undefined): { abortSignal?: AbortSignal } {
  return signal ? { abortSignal: signal } : {};
}
