import { isDeepStrictEqual } from 'node:util';
import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { BatchExecuteStatementCommand, GetCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { Account, Amounts, Change } from '../../domain/account.ts';
import { type AccountItem, fromAccountItem, toAccountItem } from './account-codec.ts';
import { batchGet } from './batch-get.ts';
import { debitExpression, type Shape } from './debit-expression.ts';
import { attempt, type Table } from './dynamodb.ts';
import { accountKey, userIdOf } from './keys.ts';

/**
 * `saved`: the account as it is now. `refused`: the condition did not hold; the account as it was at that moment,
 * or `undefined` where there is none. Both are exact, and neither cost a read.
 */
export type WriteResult =
  | { readonly code: 'saved'; readonly account: Account }
  | { readonly code: 'refused'; readonly account: Account | undefined };

export interface Debit {
  readonly userId: string;
  readonly amounts: Amounts;
  readonly change: Change;
  readonly shape: Shape;
  /** Epoch ms. */
  readonly now: number;
}

/** An account as it was read, and as it is to be: its next version. */
export interface AccountStep {
  readonly before: Account;
  readonly after: Account;
}

/**
 * Accounts in DynamoDB. Every write is one conditional request without retries. A signal that ends it leaves its
 * outcome unknown. Errors are those of `attempt`.
 */
export class AccountStore {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  /** The account, or `undefined`. `consistent` costs twice the read units and sees every accepted write. */
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

  /** The accounts that exist among the users', by user. They may be a moment old. */
  async readMany(userIds: readonly string[]): Promise<Map<string, Account>> {
    const items = await batchGet(this.#table, userIds.map(accountKey));
    return new Map(
      items.map((item) => [userIdOf(String(item.pk)), fromAccountItem(item as unknown as AccountItem)]), // as in `read`
    );
  }

  /** Uses units without reading first: one request, applied only where `decide` would allow it. */
  async debit({ userId, amounts, change, shape, now }: Debit, signal?: AbortSignal): Promise<WriteResult> {
    const command = new UpdateCommand({
      TableName: this.#table.name,
      Key: accountKey(userId),
      ...debitExpression(amounts, change, shape, now),
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
      ConditionExpression: isFirst ? 'attribute_not_exists(pk)' : 'v = :read',
      ...(!isFirst && { ExpressionAttributeValues: { ':read': account.version - 1 } }),
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    });
    return this.#write(async () => {
      await this.#table.client.send(command, abortedBy(signal));
      return account;
    });
  }

  /**
   * Saves what has changed in the accounts of many users (≤ 25) in one request, each on the condition that it is as it was
   * before. What it says nothing of was refused, turned away, or saved without an answer: to be looked at one by one.
   *
   * @returns the users whose accounts are saved
   */
  async saveMany(steps: readonly AccountStep[]): Promise<Set<string>> {
    if (steps.length === 0) return new Set();
    const Statements = steps.map((step) => updateStatement(this.#table.name, step));
    const command = new BatchExecuteStatementCommand({ Statements });
    const { Responses = [] } = await attempt(() => this.#table.client.send(command));
    // The answers stand in the order of the statements.
    const saved = steps.filter((_, index) => Responses[index] && !Responses[index].Error);
    return new Set(saved.map(({ after }) => after.userId));
  }

  /**
   * Makes an account forget operations, by their keys (≤ 200). Changes neither version nor balance: a save made
   * from an older image brings them back at worst, and they are forgotten again.
   */
  async forget(userId: string, operationKeys: readonly string[]): Promise<void> {
    const command = new UpdateCommand({
      TableName: this.#table.name,
      Key: accountKey(userId),
      UpdateExpression: `REMOVE ${operationKeys.map((_, index) => `o.#${index}`).join(', ')}`,
      ConditionExpression: 'attribute_exists(pk)',
      ExpressionAttributeNames: Object.fromEntries(operationKeys.map((key, index) => [`#${index}`, key])),
    });
    await attempt(() => this.#table.client.send(command));
  }

  /** The version of their subscription that the users' accounts follow, by user. It may be a moment old. */
  async subscriptionVersions(userIds: readonly string[]): Promise<Map<string, number>> {
    const items = await batchGet(this.#table, userIds.map(accountKey), { projection: 'pk, sv' });
    return new Map(items.map(({ pk, sv }) => [userIdOf(String(pk)), Number(sv ?? 0)]));
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
    Statement: `UPDATE "${tableName}" ${[...sets, ...removes].join(' ')} WHERE pk = ? AND sk = ? AND v = ?`,
    Parameters: [...changed.map(([, value]) => value), item.pk, item.sk, before.version],
  };
}

function abortedBy(signal: AbortSignal | undefined): { abortSignal?: AbortSignal } {
  return signal ? { abortSignal: signal } : {};
}
