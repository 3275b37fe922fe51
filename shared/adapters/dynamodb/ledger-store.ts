import { BatchWriteCommand, GetCommand } from '@aws-sdk/lib-dynamodb';
import type { LedgerEntry } from '../../domain/ledger.ts';
import { operationKey } from '../../domain/operation.ts';
import { batchGet } from './batch-get.ts';
import { attempt, type Table } from './dynamodb.ts';
import { ledgerKey, operationRecordKey } from './keys.ts';
import {
  type EntryItem,
  fromEntryItem,
  fromRecordItem,
  type OperationRecord,
  type RecordItem,
  toEntryItem,
  toRecordItem,
} from './ledger-codec.ts';
import { queryAll } from './query-all.ts';

/** Maximum items per DynamoDB batch write. */
const BATCH_SIZE = 25;
const MAX_BATCH_ROUNDS = 8;
const MAX_VERSION = 999_999_999_999;

/**
 * The append-only ledger and the operation records, both written by the projector alone. Writing an entry
 * twice leaves it unchanged: its key is the account's version.
 */
export class LedgerStore {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  /**
   * Writes entries and, for callers' own keys and for reservations, operation records. An entry exists only after every
   * record of its batch does, so an entry proves its record.
   */
  async append(entries: readonly LedgerEntry[]): Promise<void> {
    await this.#putAll(entries.filter(hasRecord).map(toRecordItem));
    await this.#putAll(entries.map(toEntryItem));
  }

  /** At most `limit` entries of an account from version `to` downwards, the newest first. Consistent. */
  async newest(userId: string, limit: number, to = MAX_VERSION): Promise<LedgerEntry[]> {
    const { pk, sk } = ledgerKey(userId, 1);
    const query = {
      KeyConditionExpression: 'pk = :pk AND sk BETWEEN :from AND :to',
      ExpressionAttributeValues: { ':pk': pk, ':from': sk, ':to': ledgerKey(userId, to).sk },
      ScanIndexForward: false,
      ConsistentRead: true,
    };
    const items = await queryAll(this.#table, query, limit);
    return items.map((item) => fromEntryItem(item as unknown as EntryItem)); // items at these keys come from `append`
  }

  /** The record of an operation with a caller's id. Consistent. */
  async findRecord(
    userId: string,
    operationId: string,
    signal?: AbortSignal,
  ): Promise<OperationRecord | undefined> {
    return this.findReservation(userId, operationKey(operationId), signal);
  }

  /** The record of the operation that made a reservation, or of any whose `operationKey` is `reservationId`. Consistent. */
  async findReservation(
    userId: string,
    reservationId: string,
    signal?: AbortSignal,
  ): Promise<OperationRecord | undefined> {
    const command = new GetCommand({
      TableName: this.#table.name,
      Key: operationRecordKey(userId, reservationId),
      ConsistentRead: true,
    });
    const { Item } = await attempt(() =>
      this.#table.client.send(command, signal ? { abortSignal: signal } : {}),
    );
    return Item && fromRecordItem(Item as RecordItem); // items at this key come from `append`
  }

  /** The records that exist among some operation keys, by key; one written a moment ago may be missing. */
  async findRecords(userId: string, operationKeys: readonly string[]): Promise<Map<string, OperationRecord>> {
    const keys = operationKeys.map((key) => operationRecordKey(userId, key));
    const items = await batchGet(this.#table, keys);
    const records = items.map((item) => fromRecordItem(item as unknown as RecordItem)); // as above
    return new Map(records.map((record) => [operationKey(record.operationId), record]));
  }

  async #putAll(items: readonly Record<string, unknown>[]): Promise<void> {
    for (let from = 0; from < items.length; from += BATCH_SIZE) {
      let requests = items.slice(from, from + BATCH_SIZE).map((Item) => ({ PutRequest: { Item } }));
      for (let round = 0; requests.length > 0; round += 1) {
        if (round === MAX_BATCH_ROUNDS) throw new Error(`${requests.length} ledger items were not taken`);
        const command = new BatchWriteCommand({ RequestItems: { [this.#table.name]: requests } });
        const { UnprocessedItems } = await attempt(() => this.#table.client.send(command));
        requests = (UnprocessedItems?.[this.#table.name] ?? []) as typeof requests; // a part of what was sent
      }
    }
  }
}

/** Reservations have one under minted ids too: it identifies them after their expiry. */
function hasRecord({ keyed, kind }: LedgerEntry): boolean {
  return keyed || kind === 'reserve';
}
