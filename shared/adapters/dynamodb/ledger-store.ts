import { BatchWriteCommand, GetCommand } from '@aws-sdk/lib-dynamodb';
import type { Interval } from '../../domain/account.ts';
import type { LedgerEntry, Reservation } from '../../domain/ledger.ts';
import { operationKey, RECORD_LIFETIME_MS } from '../../domain/operation.ts';
import { batchGet } from './batch-get.ts';
import { type ChangeItem, fromChangeItem, toChangeItem } from './change-codec.ts';
import { attempt, type Table } from './dynamodb.ts';
import { ledgerKey, operationRecordKey, userIdOf } from './keys.ts';
import { queryAll } from './query-all.ts';

/** What is kept of an operation whose id the caller chose, so that a late repetition is recognised. */
export interface OperationRecord {
  readonly operationId: string;
  readonly fingerprint: string;
  readonly version: number;
  /** When the projector wrote it (epoch ms). */
  readonly projectedAt: number;
}

/** DynamoDB takes at most this many items in one batch write. */
const BATCH_SIZE = 25;
const MAX_BATCH_ROUNDS = 8;
const MAX_VERSION = 999_999_999_999;

/**
 * The append-only ledger and the operation records, both written by the projector alone. Writing an entry twice
 * leaves it as it is: its key is the account's version.
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

  /** The record of an operation whose id the caller chose. Consistent. */
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

/** Reservations have one under minted ids too: by it they are found after they have expired. */
function hasRecord({ keyed, kind }: LedgerEntry): boolean {
  return keyed || kind === 'reserve';
}

/** No attribute here may share its name with a key of an index. */
interface EntryItem {
  pk: string;
  sk: string;
  /** version, plan id, change, projectedAt (epoch ms) */
  v: number;
  p: string;
  g: ChangeItem;
  j: number;
  /** deltas: feature, interval, period start (epoch ms), and what is not 0 of used, held, limit */
  x: { f: string; i: string; s: number; u?: number; h?: number; l?: number }[];
  /** reservation: expiry (epoch ms); per period feature, interval, start and end (epoch ms) */
  r?: { x: number; p: { f: string; i: string; s?: number; e: number }[] };
}

interface RecordItem {
  o: string;
  f: string;
  v: number;
  j: number;
}

function toEntryItem(entry: LedgerEntry): Record<string, unknown> {
  return {
    ...ledgerKey(entry.userId, entry.version),
    v: entry.version,
    p: entry.planId,
    g: toChangeItem(entry),
    x: entry.deltas.map(({ feature, interval, periodStart, used, held, limit }) => ({
      f: feature,
      i: interval,
      s: periodStart,
      ...(used !== 0 && { u: used }),
      ...(held !== 0 && { h: held }),
      ...(limit !== 0 && { l: limit }),
    })),
    ...(entry.reservation && { r: toReservationItem(entry.reservation) }),
    j: entry.projectedAt,
  };
}

function toReservationItem({ expiresAt, periods }: Reservation): EntryItem['r'] {
  const p = periods.map(({ feature, interval, periodStart, periodEnd }) => ({
    f: feature,
    i: interval,
    ...(periodStart !== undefined && { s: periodStart }),
    e: periodEnd,
  }));
  return { x: expiresAt, p };
}

function fromReservationItem({ x, p }: NonNullable<EntryItem['r']>): Reservation {
  const periods = p.map(({ f, i, s, e }) => ({
    feature: f,
    interval: i as Interval, // written from that type
    periodStart: s,
    periodEnd: e,
  }));
  return { expiresAt: x, periods };
}

function fromEntryItem(item: EntryItem): LedgerEntry {
  return {
    ...fromChangeItem(item.g),
    userId: userIdOf(item.pk),
    version: item.v,
    planId: item.p,
    deltas: item.x.map((delta) => ({
      feature: delta.f,
      interval: delta.i as LedgerEntry['deltas'][number]['interval'], // written from that type
      periodStart: delta.s,
      used: delta.u ?? 0,
      held: delta.h ?? 0,
      limit: delta.l ?? 0,
    })),
    ...(item.r && { reservation: fromReservationItem(item.r) }),
    projectedAt: item.j,
  };
}

function toRecordItem(entry: LedgerEntry): Record<string, unknown> {
  return {
    ...operationRecordKey(entry.userId, operationKey(entry.operationId)),
    o: entry.operationId,
    f: entry.fingerprint,
    v: entry.version,
    j: entry.projectedAt,
    ttl: Math.floor((entry.at + RECORD_LIFETIME_MS) / 1000),
  };
}

function fromRecordItem(item: RecordItem): OperationRecord {
  return { operationId: item.o, fingerprint: item.f, version: item.v, projectedAt: item.j };
}
