import type { Interval } from '../account.ts';
import { LINE_SCHEMA } from './ledger-line.ts';
import type { DayRecord, PeriodRecord, UsageRecord } from './usage-record.ts';

/** A record as a line of JSON: instants as ISO 8601, maps as objects, totals beyond 2^53 as digits. */
interface DayLine extends Omit<DayRecord, 'lifetime' | 'hours'> {
  readonly schema: typeof LINE_SCHEMA;
  readonly lifetime: { readonly start: string; readonly end: string };
  readonly hours: Readonly<Record<string, number>>;
}

interface PeriodLine extends Omit<PeriodRecord, 'periodStart' | 'periodEnd' | 'late'> {
  readonly schema: typeof LINE_SCHEMA;
  readonly periodStart: string | null;
  readonly periodEnd: string;
  readonly late: Readonly<Record<string, number>>;
}

/** Encodes a record of usage as one line of JSON, without a line break. */
export function toUsageLine(record: UsageRecord): string {
  return JSON.stringify(record.kind === 'day' ? dayLine(record) : periodLine(record));
}

/** Decodes a line of `toUsageLine`. */
export function fromUsageLine(text: string): UsageRecord {
  const { schema: _, ...line } = JSON.parse(text) as DayLine | PeriodLine; // written by `toUsageLine`
  if (line.kind === 'period')
    return {
      ...line,
      interval: line.interval satisfies Interval,
      periodStart: line.periodStart === null ? null : Date.parse(line.periodStart),
      periodEnd: Date.parse(line.periodEnd),
      late: new Map(Object.entries(line.late)),
    };
  const { start, end } = line.lifetime;
  return {
    ...line,
    version: line.version,
    lifetime: { start: BigInt(start), end: BigInt(end) },
    hours: new Map(Object.entries(line.hours).map(([hour, used]) => [Number(hour), used])),
  };
}

function dayLine({ lifetime: { start, end }, hours, ...record }: DayRecord): DayLine {
  return {
    schema: LINE_SCHEMA,
    ...record,
    lifetime: { start: String(start), end: String(end) },
    hours: Object.fromEntries(hours),
  };
}

function periodLine({ periodStart, periodEnd, late, ...record }: PeriodRecord): PeriodLine {
  return {
    schema: LINE_SCHEMA,
    ...record,
    periodStart: periodStart === null ? null : new Date(periodStart).toISOString(),
    periodEnd: new Date(periodEnd).toISOString(),
    late: Object.fromEntries(late),
  };
}
