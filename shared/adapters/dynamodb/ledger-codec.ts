import type { Interval } from '../../domain/account.ts';
import type { LedgerDelta, LedgerEntry, Reservation } from '../../domain/ledger.ts';
import { operationKey, RECORD_LIFETIME_MS } from '../../domain/operation.ts';
import { type ChangeItem, fromChangeItem, toChangeItem } from './change-codec.ts';
import { ledgerKey, operationRecordKey, userIdOf } from './keys.ts';
import { type ItemLayout, rejectUnreadableItem } from './unreadable-layout.ts';

/** The record of an operation with a caller's id; it identifies a late replay. */
export interface OperationRecord {
  readonly operationId: string;
  readonly fingerprint: string;
  readonly version: number;
  /** When the projector wrote it (epoch ms). */
  readonly projectedAt: number;
}

/** Attributes of a ledger entry. None may share its name with a key of an index. Times are epoch ms. */
const ENTRY = {
  version: 'v',
  planId: 'p',
  change: 'g',
  deltas: 'x',
  reservation: 'r',
  projectedAt: 'j',
} as const;
/** Attributes of a delta. Absent units are 0. */
const DELTA = { feature: 'f', interval: 'i', periodStart: 's', used: 'u', held: 'h', limit: 'l' } as const;
const RESERVATION = { expiresAt: 'x', periods: 'p' } as const;
const PERIOD = { feature: 'f', interval: 'i', start: 's', end: 'e' } as const;
/** Attributes of an operation record. */
const RECORD = { operationId: 'o', fingerprint: 'f', version: 'v', projectedAt: 'j' } as const;

export interface DeltaItem {
  [DELTA.feature]: string;
  [DELTA.interval]: string;
  [DELTA.periodStart]: number;
  [DELTA.used]?: number;
  [DELTA.held]?: number;
  [DELTA.limit]?: number;
}

interface PeriodItem {
  [PERIOD.feature]: string;
  [PERIOD.interval]: string;
  [PERIOD.start]?: number;
  [PERIOD.end]: number;
}

interface ReservationItem {
  [RESERVATION.expiresAt]: number;
  [RESERVATION.periods]: PeriodItem[];
}

export interface EntryItem extends ItemLayout {
  pk: string;
  sk: string;
  [ENTRY.version]: number;
  [ENTRY.planId]: string;
  [ENTRY.change]: ChangeItem;
  [ENTRY.projectedAt]: number;
  [ENTRY.deltas]: DeltaItem[];
  [ENTRY.reservation]?: ReservationItem;
}

export interface RecordItem extends ItemLayout {
  [RECORD.operationId]: string;
  [RECORD.fingerprint]: string;
  [RECORD.version]: number;
  [RECORD.projectedAt]: number;
}

/** Encodes a ledger entry. */
export function toEntryItem(entry: LedgerEntry): Record<string, unknown> {
  return {
    ...ledgerKey(entry.userId, entry.version),
    [ENTRY.version]: entry.version,
    [ENTRY.planId]: entry.planId,
    [ENTRY.change]: toChangeItem(entry),
    [ENTRY.deltas]: entry.deltas.map(toDeltaItem),
    ...(entry.reservation && { [ENTRY.reservation]: toReservationItem(entry.reservation) }),
    [ENTRY.projectedAt]: entry.projectedAt,
  };
}

/** Decodes a ledger entry. */
export function fromEntryItem(item: EntryItem): LedgerEntry {
  rejectUnreadableItem(item, 'the ledger entry');
  const reservation = item[ENTRY.reservation];
  return {
    ...fromChangeItem(item[ENTRY.change]),
    userId: userIdOf(item.pk),
    version: item[ENTRY.version],
    planId: item[ENTRY.planId],
    deltas: item[ENTRY.deltas].map(fromDeltaItem),
    ...(reservation && { reservation: fromReservationItem(reservation) }),
    projectedAt: item[ENTRY.projectedAt],
  };
}

/** Encodes the record of an entry's operation; DynamoDB deletes it after `RECORD_LIFETIME_MS`. */
export function toRecordItem(entry: LedgerEntry): Record<string, unknown> {
  return {
    ...operationRecordKey(entry.userId, operationKey(entry.operationId)),
    [RECORD.operationId]: entry.operationId,
    [RECORD.fingerprint]: entry.fingerprint,
    [RECORD.version]: entry.version,
    [RECORD.projectedAt]: entry.projectedAt,
    ttl: Math.floor((entry.at + RECORD_LIFETIME_MS) / 1000),
  };
}

/** Decodes an operation record. */
export function fromRecordItem(item: RecordItem): OperationRecord {
  rejectUnreadableItem(item, 'the operation record');
  return {
    operationId: item[RECORD.operationId],
    fingerprint: item[RECORD.fingerprint],
    version: item[RECORD.version],
    projectedAt: item[RECORD.projectedAt],
  };
}

/** Encodes a delta, or a sum of deltas. */
export function toDeltaItem({ feature, interval, periodStart, used, held, limit }: LedgerDelta): DeltaItem {
  return {
    [DELTA.feature]: feature,
    [DELTA.interval]: interval,
    [DELTA.periodStart]: periodStart,
    ...(used !== 0 && { [DELTA.used]: used }),
    ...(held !== 0 && { [DELTA.held]: held }),
    ...(limit !== 0 && { [DELTA.limit]: limit }),
  };
}

/** Decodes a delta. */
export function fromDeltaItem(item: DeltaItem): LedgerDelta {
  return {
    feature: item[DELTA.feature],
    interval: item[DELTA.interval] as Interval, // written from that type
    periodStart: item[DELTA.periodStart],
    used: item[DELTA.used] ?? 0,
    held: item[DELTA.held] ?? 0,
    limit: item[DELTA.limit] ?? 0,
  };
}

function toReservationItem({ expiresAt, periods }: Reservation): ReservationItem {
  return {
    [RESERVATION.expiresAt]: expiresAt,
    [RESERVATION.periods]: periods.map(({ feature, interval, periodStart, periodEnd }) => ({
      [PERIOD.feature]: feature,
      [PERIOD.interval]: interval,
      ...(periodStart !== undefined && { [PERIOD.start]: periodStart }),
      [PERIOD.end]: periodEnd,
    })),
  };
}

function fromReservationItem(item: ReservationItem): Reservation {
  const periods = item[RESERVATION.periods].map((period) => ({
    feature: period[PERIOD.feature],
    interval: period[PERIOD.interval] as Interval, // written from that type
    periodStart: period[PERIOD.start],
    periodEnd: period[PERIOD.end],
  }));
  return { expiresAt: item[RESERVATION.expiresAt], periods };
}
