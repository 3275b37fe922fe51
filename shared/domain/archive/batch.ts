import { ulid } from 'ulid';
import { dateOf } from '../date-range.ts';
import type { LedgerEntry } from '../ledger.ts';
import { fromLedgerLine, toLedgerLine } from './ledger-line.ts';
import { fromUsageLine, toUsageLine } from './usage-line.ts';
import { archiveDateOf, type UsageRecord } from './usage-record.ts';

/** The two kinds of history, as folders of the archive. */
export const ARCHIVE_KINDS = ['ledger', 'usage'] as const;
export type ArchiveKind = (typeof ARCHIVE_KINDS)[number];

/** All of the archive is below this folder; others are left for exports for analytics. */
export const ARCHIVE_FOLDER = 'archive';

/** History that is archived together. Entries of an account are in the order of their versions. */
export interface ArchiveBatch {
  readonly entries: readonly LedgerEntry[];
  readonly usage: readonly UsageRecord[];
}

/** A file of lines of JSON, all of one kind and day. */
export interface ArchiveFile {
  /** Such as `archive/ledger/date=2026-08-24/01KAJ….jsonl.gz`: a partition by day, as Athena reads it. */
  readonly key: string;
  readonly kind: ArchiveKind;
  readonly date: string;
  readonly lines: readonly string[];
}

/** Mints the id of a batch; ids sort by time. `now`: epoch ms. */
export function mintBatchId(now: number): string {
  return ulid(now);
}

/** Divides a batch into files by kind and day. An entry's day is that of its date in UTC. */
export function filesOf(batchId: string, { entries, usage }: ArchiveBatch): ArchiveFile[] {
  return [
    ...filesOfKind(batchId, 'ledger', entries, ({ at }) => dateOf(at), toLedgerLine),
    ...filesOfKind(batchId, 'usage', usage, archiveDateOf, toUsageLine),
  ];
}

function filesOfKind<T>(
  batchId: string,
  kind: ArchiveKind,
  items: readonly T[],
  dateOfItem: (item: T) => string,
  toLine: (item: T) => string,
): ArchiveFile[] {
  return [...Map.groupBy(items, dateOfItem)].map(([date, ofDay]) => ({
    key: `${ARCHIVE_FOLDER}/${kind}/date=${date}/${batchId}.jsonl.gz`,
    kind,
    date,
    lines: ofDay.map(toLine),
  }));
}

/** The key of a batch's manifest. A file that no manifest lists is of an unfinished batch. */
export function manifestKey(batchId: string): string {
  return `${ARCHIVE_FOLDER}/manifests/${batchId}.json`;
}

/** Reads a batch back from the texts of its files, by key. */
export function batchOf(texts: ReadonlyMap<string, string>): ArchiveBatch {
  const linesOf = (kind: ArchiveKind) =>
    [...texts]
      .filter(([key]) => key.startsWith(`${ARCHIVE_FOLDER}/${kind}/`))
      .flatMap(([, text]) => text.split('\n').filter((line) => line !== ''));
  return {
    entries: linesOf('ledger')
      .map(fromLedgerLine)
      .sort((a, b) => a.version - b.version),
    usage: linesOf('usage').map(fromUsageLine),
  };
}

/** The text of a file: every line ends with a line break. */
export function textOf({ lines }: Pick<ArchiveFile, 'lines'>): string {
  return lines.map((line) => `${line}\n`).join('');
}
