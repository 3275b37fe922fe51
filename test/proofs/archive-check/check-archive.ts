import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { ARCHIVE_FOLDER, type ArchiveBatch, batchOf } from '../../../shared/domain/archive/batch.ts';
import { type ArchiveManifest, rangesOf, sumByFeature } from '../../../shared/domain/archive/manifest.ts';
import type { LedgerEntry } from '../../../shared/domain/ledger.ts';
import { checkpointAfter, type LedgerCheckpoint } from '../../../shared/domain/ledger-checkpoint.ts';

export interface ArchiveCheck {
  readonly batches: number;
  readonly entries: number;
  readonly usage: number;
  readonly accounts: number;
  readonly findings: readonly string[];
}

/** The account's checkpoint in the table. */
type CheckpointOf = (userId: string) => Promise<LedgerCheckpoint | undefined>;

/**
 * Checks a copy of the archive: that every manifest's files exist with its digests, counts and sums, that no
 * other file does, and that each account's entries begin with version 1, without a gap. A version may be
 * there twice if both are equal: a restored table archives again what was archived since.
 *
 * @param folder a copy of the bucket's folder `archive/`
 * @param checkpointOf if given, each account's checkpoint must be the sum of its archived entries
 */
export async function checkArchive(folder: string, checkpointOf?: CheckpointOf): Promise<ArchiveCheck> {
  const copy = new ArchiveCopy(folder);
  const batches = copy.manifests.map((name) => copy.readBatch(name));
  const entries = batches.flatMap((batch) => batch.entries);
  const ledgers = Map.groupBy(entries, ({ userId }) => userId);
  const findings = [...copy.findings, ...copy.unlisted()];
  for (const [userId, own] of ledgers) findings.push(...(await ledgerFindings(userId, own, checkpointOf)));
  return {
    batches: batches.length,
    entries: entries.length,
    usage: batches.reduce((sum, { usage }) => sum + usage.length, 0),
    accounts: ledgers.size,
    findings,
  };
}

class ArchiveCopy {
  readonly findings: string[] = [];
  readonly #folder: string;
  readonly #files: ReadonlySet<string>;
  readonly #listed = new Set<string>();

  constructor(folder: string) {
    this.#folder = folder;
    const found = readdirSync(folder, { recursive: true, withFileTypes: true });
    const files = found.filter((file) => file.isFile()).map(({ parentPath, name }) => join(parentPath, name));
    this.#files = new Set(files.map((file) => file.slice(folder.length + 1)));
  }

  get manifests(): string[] {
    return [...this.#files].filter((file) => file.startsWith('manifests/'));
  }

  /** Reads the files of a manifest, and compares them with it. */
  readBatch(name: string): ArchiveBatch {
    const manifest: ArchiveManifest = JSON.parse(this.#read(name).toString());
    this.#listed.add(name);
    const texts = manifest.files.flatMap((file) => this.#textOf(file, name));
    const batch = batchOf(new Map(texts));
    if (!isDeepStrictEqual(countsOf(batch), countsIn(manifest)))
      this.findings.push(`${name} does not agree with its files`);
    return batch;
  }

  /** Returns a finding for each file that no manifest lists. */
  unlisted(): string[] {
    const files = [...this.#files].filter((file) => !this.#listed.has(file));
    return files.map((file) => `${file} is in no manifest: its batch was not completed`);
  }

  #textOf({ key, sha256 }: ArchiveManifest['files'][number], manifest: string): [string, string][] {
    const file = key.slice(ARCHIVE_FOLDER.length + 1);
    this.#listed.add(file);
    const bytes = this.#files.has(file) ? this.#read(file) : undefined;
    if (bytes && createHash('sha256').update(bytes).digest('hex') === sha256)
      return [[key, gunzipSync(bytes).toString()]];
    this.findings.push(`${file} ${bytes ? 'has another digest than' : 'is missing, and in'} ${manifest}`);
    return [];
  }

  #read(file: string): Buffer {
    return readFileSync(join(this.#folder, file));
  }
}

function countsOf({ entries, usage }: ArchiveBatch) {
  const accounts = new Set(rangesOf(entries));
  return { entries: entries.length, usage: usage.length, accounts, sums: sumByFeature(entries) };
}

function countsIn({ entries, usage, accounts, sums }: ArchiveManifest): ReturnType<typeof countsOf> {
  return { entries, usage, accounts: new Set(accounts), sums };
}

async function ledgerFindings(
  userId: string,
  entries: readonly LedgerEntry[],
  checkpointOf: CheckpointOf | undefined,
): Promise<string[]> {
  const byVersion = new Map(entries.map((entry) => [entry.version, entry]));
  const twofold = entries.find((entry) => !isDeepStrictEqual(entry, byVersion.get(entry.version)));
  if (twofold) return [`${userId}: version ${twofold.version} is there twice, and differs`];
  const sorted = [...byVersion.values()].sort((a, b) => a.version - b.version);
  const gap = sorted.findIndex(({ version }, index) => version !== index + 1);
  if (gap >= 0) return [`${userId}: version ${gap + 1} is missing`];
  if (!checkpointOf) return [];
  const checkpoint = await checkpointOf(userId);
  const { version, counters, lifetime } = checkpointAfter(userId, undefined, sorted, 0);
  const isEqual =
    checkpoint?.version === version &&
    isDeepStrictEqual(new Set(checkpoint.counters), new Set(counters)) &&
    isDeepStrictEqual(checkpoint.lifetime, lifetime);
  return isEqual ? [] : [`${userId}: the checkpoint in the table is not the sum of the archived entries`];
}
