import type { Feature } from '../account.ts';
import type { LedgerEntry } from '../ledger.ts';
import type { ArchiveBatch, ArchiveFile } from './batch.ts';
import { LINE_SCHEMA } from './ledger-line.ts';

/** A stored file: its size and digest are those of the compressed bytes. */
export interface StoredFile extends Pick<ArchiveFile, 'key' | 'kind' | 'date'> {
  readonly lines: number;
  readonly bytes: number;
  /** Hexadecimal. */
  readonly sha256: string;
}

/** The entries of one account in a batch: all versions of a range. */
export interface ArchivedRange {
  readonly userId: string;
  readonly fromVersion: number;
  readonly toVersion: number;
}

/** Lists a batch's files, with the counts and sums by which they are checked. */
export interface ArchiveManifest {
  readonly schema: typeof LINE_SCHEMA;
  readonly batchId: string;
  /** ISO 8601. */
  readonly archivedAt: string;
  readonly files: readonly StoredFile[];
  readonly entries: number;
  readonly usage: number;
  /** In the order of the files' lines. */
  readonly accounts: readonly ArchivedRange[];
  /** Sums of the entries' deltas, by feature. Digits: they may exceed 2^53. */
  readonly sums: Readonly<
    Record<Feature, { readonly used: string; readonly held: string; readonly limit: string }>
  >;
}

/** Describes a batch whose files are stored. `now`: epoch ms. */
export function manifestOf(
  batchId: string,
  { entries, usage }: ArchiveBatch,
  files: readonly StoredFile[],
  now: number,
): ArchiveManifest {
  return {
    schema: LINE_SCHEMA,
    batchId,
    archivedAt: new Date(now).toISOString(),
    files,
    entries: entries.length,
    usage: usage.length,
    accounts: rangesOf(entries),
    sums: sumByFeature(entries),
  };
}

/** Returns the range of versions of each account, in the order of their first entries. */
export function rangesOf(entries: readonly LedgerEntry[]): ArchivedRange[] {
  return [...Map.groupBy(entries, ({ userId }) => userId)].map(([userId, own]) => ({
    userId,
    fromVersion: own[0]?.version ?? 0,
    toVersion: own.at(-1)?.version ?? 0,
  }));
}

/** Sums the deltas of entries, by feature. */
export function sumByFeature(entries: readonly LedgerEntry[]): ArchiveManifest['sums'] {
  const deltas = entries.flatMap((entry) => entry.deltas);
  return Object.fromEntries(
    [...Map.groupBy(deltas, ({ feature }) => feature)].map(([feature, own]) => {
      const sum = (figure: 'used' | 'held' | 'limit') =>
        String(own.reduce((total, delta) => total + BigInt(delta[figure]), 0n));
      return [feature, { used: sum('used'), held: sum('held'), limit: sum('limit') }];
    }),
  );
}
