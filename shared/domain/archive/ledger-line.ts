import type { ChangeKind, Interval } from '../account.ts';
import type { LedgerEntry, Reservation } from '../ledger.ts';

/** The version of the lines' format; a reader of a later one accepts earlier ones. */
export const LINE_SCHEMA = 1;

/** A ledger entry as a line of JSON: the domain's fields, with instants as ISO 8601 and maps as objects. */
interface LedgerLine
  extends Omit<LedgerEntry, 'at' | 'projectedAt' | 'amounts' | 'deltas' | 'late' | 'reservation'> {
  readonly schema: typeof LINE_SCHEMA;
  readonly at: string;
  readonly projectedAt: string;
  readonly amounts: Readonly<Record<string, number>>;
  readonly deltas: readonly (CounterLine & {
    readonly used: number;
    readonly held: number;
    readonly limit: number;
  })[];
  readonly late?: readonly (PeriodLine & { readonly amount: number })[];
  readonly reservation?: {
    readonly expiresAt: string;
    readonly periods: readonly (PeriodLine & { readonly periodStart?: string })[];
  };
}

interface CounterLine {
  readonly feature: string;
  readonly interval: Interval;
  readonly periodStart: string;
}

interface PeriodLine {
  readonly feature: string;
  readonly interval: Interval;
  readonly periodEnd: string;
}

/** Encodes an entry as one line of JSON, without a line break. Nothing of the entry is lost. */
export function toLedgerLine(entry: LedgerEntry): string {
  const { userId, version, at, kind, late, reservation, ...rest } = entry;
  const line: LedgerLine = {
    schema: LINE_SCHEMA,
    userId,
    version,
    at: iso(at),
    kind,
    ...rest,
    amounts: Object.fromEntries(entry.amounts),
    deltas: entry.deltas.map((delta) => ({ ...delta, periodStart: iso(delta.periodStart) })),
    ...(late && { late: late.map((use) => ({ ...use, periodEnd: iso(use.periodEnd) })) }),
    ...(reservation && { reservation: toReservationLine(reservation) }),
    projectedAt: iso(entry.projectedAt),
  };
  return JSON.stringify(line);
}

/** Decodes a line of `toLedgerLine`. */
export function fromLedgerLine(text: string): LedgerEntry {
  const { schema: _, late, reservation, ...line } = JSON.parse(text) as LedgerLine; // written by `toLedgerLine`
  return {
    ...line,
    kind: line.kind satisfies ChangeKind,
    at: Date.parse(line.at),
    projectedAt: Date.parse(line.projectedAt),
    amounts: new Map(Object.entries(line.amounts)),
    deltas: line.deltas.map((delta) => ({ ...delta, periodStart: Date.parse(delta.periodStart) })),
    ...(late && { late: late.map((use) => ({ ...use, periodEnd: Date.parse(use.periodEnd) })) }),
    ...(reservation && { reservation: fromReservationLine(reservation) }),
  };
}

function toReservationLine({ expiresAt, periods }: Reservation): NonNullable<LedgerLine['reservation']> {
  return {
    expiresAt: iso(expiresAt),
    periods: periods.map(({ periodStart, periodEnd, ...period }) => ({
      ...period,
      ...(periodStart !== undefined && { periodStart: iso(periodStart) }),
      periodEnd: iso(periodEnd),
    })),
  };
}

function fromReservationLine({ expiresAt, periods }: NonNullable<LedgerLine['reservation']>): Reservation {
  return {
    expiresAt: Date.parse(expiresAt),
    periods: periods.map(({ periodStart, periodEnd, ...period }) => ({
      ...period,
      periodStart: periodStart === undefined ? undefined : Date.parse(periodStart),
      periodEnd: Date.parse(periodEnd),
    })),
  };
}

function iso(epochMs: number): string {
  return new Date(epochMs).toISOString();
}
