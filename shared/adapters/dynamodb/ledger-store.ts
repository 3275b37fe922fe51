import { GetCommand } from '@aws-sdk/lib-dynamodb';
import type { LedgerEntry } from '../../domain/ledger.ts';
import type { LedgerCheckpoint } from '../../domain/ledger-checkpoint.ts';
import { operationKey } from '../../domain/operation.ts';
import { batchGet } from './batch-get.ts';
import { batchPut } from './batch-put.ts';
import { type CheckpointItem, fromCheckpointItem } from './checkpoint-codec.ts';
import { attempt, type Table } from './dynamodb.ts';
import { ledgerCheckpointKey, ledgerKey, MAX_VERSION, operationRecordKey } from './keys.ts';
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

/** Runs an idempotent write, once or until it succeeds. */
type Retry = (write: () => Promise<void>) => Promise<void>;

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
   * Writes at most `TABLE.batchPuts` entries and, for callers' own keys and for reservations, operation
   * records. An entry exists only after every record of its batch does, so an entry proves its record.
   *
   * @param retry runs each of the two idempotent writes. @default once
   */
  async append(entries: readonly LedgerEntry[], retry: Retry = (write) => write()): Promise<void> {
    const records = entries.filter(hasRecord).map(toRecordItem);
    await retry(() => batchPut(this.#table, records));
    await retry(() => batchPut(this.#table, entries.map(toEntryItem)));
  }

  /**
   * At most `limit` entries of an account from version `to` downwards to `from`, the newest first.
   * Consistent.
   */
  async newest(userId: string, limit: number, to = MAX_VERSION, from = 1): Promise<LedgerEntry[]> {
    if (from > to) return [];
    const { pk, sk } = ledgerKey(userId, from);
    const query = {
      KeyConditionExpression: 'pk = :pk AND sk BETWEEN :from AND :to',
      ExpressionAttributeValues: { ':pk': pk, ':from': sk, ':to': ledgerKey(userId, to).sk },
      ScanIndexForward: false,
      ConsistentRead: true,
    };
    const items = await queryAll(this.#table, query, limit);
    return items.map((item) => fromEntryItem(item as unknown as EntryItem)); // items at these keys come from `append`
  }

  /** The checkpoint of an account, whose older entries may have left the table. Consistent. */
  async checkpoint(userId: string, signal?: AbortSignal): Promise<LedgerCheckpoint | undefined> {
    const command = new GetCommand({
      TableName: this.#table.name,
      Key: ledgerCheckpointKey(userId),
      ConsistentRead: true,
    });
    const { Item } = await attempt(() =>
      this.#table.client.send(command, signal ? { abortSignal: signal } : {}),
    );
    return Item && fromCheckpointItem(Item as CheckpointItem); // written by `LedgerArchive` alone
  }

  /** The record of an operation with a caller's id. Consistent. */
  async findRecord(
    userId: string,
    operationId: string,
    signal?: AbortSignal,
  ): Promise<OperationRecord | undefined> {
    return this.findReservation(userId, operationKey(operationId), signal);
  }

  /**
   * The record of the operation that made a reservation, or of any whose `operationKey` is `reservationId`.
   * Consistent.
   */
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
}

/** Reservations have one under minted ids too: it identifies them after their expiry. */
function hasRecord({ keyed, kind }: LedgerEntry): boolean {
  return keyed || kind === 'reserve';
}
