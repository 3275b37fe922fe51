import type { Feature, Interval } from '../account.ts';
import { dateOf } from '../date-range.ts';
import type { GaugeLevel } from '../gauge-level.ts';

/** A user's usage of a feature on a day, with all that the table has of it. */
export interface DayRecord {
  readonly kind: 'day';
  readonly userId: string;
  readonly feature: Feature;
  /** `2026-11-22`, in the time zone of the reports. */
  readonly date: string;
  /** The user's plan at the last change of the day. */
  readonly planId: string | null;
  readonly used: number;
  /** The feature's lifetime total at the day's beginning and end. */
  readonly lifetime: { readonly start: bigint; readonly end: bigint };
  /** Usage by hour (0 … 23), of hours with use. */
  readonly hours: ReadonlyMap<number, number>;
  /** Of a gauge whose stored amount changed. */
  readonly level?: Omit<GaugeLevel, 'date'>;
  /** The account's version of the figures. */
  readonly version: number | undefined;
}

/** A user's usage of a feature in a closed period. */
export interface PeriodRecord {
  readonly kind: 'period';
  readonly userId: string;
  readonly feature: Feature;
  readonly interval: Interval;
  /** Epoch ms; `null`: the table does not have it. */
  readonly periodStart: number | null;
  readonly periodEnd: number;
  readonly used: number;
  /** `null`: unlimited. */
  readonly limit: number | null;
  /** Units confirmed after the period had closed, by the operation's key. */
  readonly late: ReadonlyMap<string, number>;
  readonly version: number | undefined;
}

/** An item of usage as it is archived. */
export type UsageRecord = DayRecord | PeriodRecord;

/** Returns the day under which a record is archived: its own, or the one on which its period ended (UTC). */
export function archiveDateOf(record: UsageRecord): string {
  return record.kind === 'day' ? record.date : dateOf(record.periodEnd);
}
