import type { ArchiveBucket } from '../../adapters/aws/archive-bucket.ts';
import type { ArchiveProgress, PendingBatch } from '../../adapters/dynamodb/archive-progress.ts';
import type { LedgerArchive } from '../../adapters/dynamodb/ledger-archive.ts';
import type { UsageArchive } from '../../adapters/dynamodb/usage-archive.ts';
import { TABLE } from '../../contract.ts';
import {
  type ArchiveBatch,
  type ArchiveFile,
  batchOf,
  filesOf,
  manifestKey,
  mintBatchId,
  textOf,
} from '../../domain/archive/batch.ts';
import { manifestOf, type StoredFile } from '../../domain/archive/manifest.ts';
import { GRACE_MS } from '../../domain/archive/retention.ts';
import type { LedgerEntry } from '../../domain/ledger.ts';
import { checkpointAfter, type LedgerCheckpoint } from '../../domain/ledger-checkpoint.ts';
import { mapConcurrently, type RetryDeps, retry } from '../retry/retry.ts';

export interface StoreBatchDeps extends RetryDeps {
  readonly ledgerArchive: Pick<LedgerArchive, 'checkpoints' | 'saveCheckpoint' | 'expire'>;
  readonly usageArchive: Pick<UsageArchive, 'expire'>;
  readonly archiveProgress: Pick<ArchiveProgress, 'plan' | 'commit' | 'end'>;
  readonly archiveBucket: Pick<ArchiveBucket, 'save' | 'read' | 'remove'>;
  /** Epoch ms. */
  readonly now: () => number;
}

/** Another run has become the owner of the archive: this one must end. */
export class ArchiveTakenOver extends Error {
  constructor() {
    super('another run has taken over the archive');
    this.name = 'ArchiveTakenOver';
  }
}

/** Requests at once. */
const AT_ONCE = 8;
/**
 * After each request that marks items: callers need the table's write units. At most 2,500 units a second in
 * all, and 300 of one account.
 */
const PAUSE_MS = 80;

/**
 * Archives a batch: afterwards its files and its manifest are stored, every account has a checkpoint after
 * its entries, and the items expire in `GRACE_MS`.
 *
 * ```
 * plan ─▶ files ─▶ manifest ─▶ commit ─▶ checkpoints ─▶ expiry of each item ─▶ end
 *   └────── undone ──────────────┘ └─────────── completed from the files ────────┘   after a crash
 * ```
 *
 * Invariants:
 *
 * - An item expires only if it is in a stored file of a committed batch, and after the checkpoint that
 *   replaces it.
 * - Each item is in the files of one committed batch: one batch is in progress at a time, and only the owner
 *   commits it.
 *
 * @throws ArchiveTakenOver if another run became the owner before the commit; the files are removed again
 */
export async function storeBatch(deps: StoreBatchDeps, owner: string, batch: ArchiveBatch): Promise<void> {
  const { archiveProgress: progress } = deps;
  const id = mintBatchId(deps.now());
  const files = filesOf(id, batch);
  const keys = [...files.map(({ key }) => key), manifestKey(id)];
  const expireAt = deps.now() + GRACE_MS;
  if (!(await retry(deps, () => progress.plan(owner, { id, keys, expireAt })))) throw new ArchiveTakenOver();
  const stored = await forEach(deps, files, (file) => storeFile(deps, file));
  const manifest = JSON.stringify(manifestOf(id, batch, stored, deps.now()));
  await retry(deps, () => deps.archiveBucket.save(manifestKey(id), manifest));
  if (!(await retry(deps, () => progress.commit(owner, id)))) {
    await removeFiles(deps, keys);
    throw new ArchiveTakenOver();
  }
  await settle(deps, batch, expireAt);
  await end(deps, owner, id);
}

/**
 * Ends a batch that an earlier run left unfinished: one that was not committed is undone, and its items are
 * archived again later; a committed one is completed from its stored files.
 */
export async function recoverBatch(deps: StoreBatchDeps, owner: string, batch: PendingBatch): Promise<void> {
  if (batch.isStored) {
    const keys = batch.keys.filter((key) => key !== manifestKey(batch.id));
    const texts = await forEach(deps, keys, (key) => deps.archiveBucket.read(key));
    const stored = batchOf(new Map(keys.map((key, index) => [key, texts[index] ?? ''])));
    await settle(deps, stored, Math.max(batch.expireAt, deps.now() + GRACE_MS));
  } else await removeFiles(deps, batch.keys);
  await end(deps, owner, batch.id);
}

async function storeFile({ archiveBucket }: StoreBatchDeps, file: ArchiveFile): Promise<StoredFile> {
  const { key, kind, date, lines } = file;
  return { key, kind, date, lines: lines.length, ...(await archiveBucket.save(key, textOf(file))) };
}

async function removeFiles(deps: StoreBatchDeps, keys: readonly string[]): Promise<void> {
  await forEach(deps, keys, (key) => deps.archiveBucket.remove(key));
}

async function end(deps: StoreBatchDeps, owner: string, id: string): Promise<void> {
  if (!(await retry(deps, () => deps.archiveProgress.end(owner, id)))) throw new ArchiveTakenOver();
}

/** Saves every checkpoint, then marks the items. Idempotent. */
async function settle(
  deps: StoreBatchDeps,
  { entries, usage }: ArchiveBatch,
  expireAt: number,
): Promise<void> {
  const { ledgerArchive, usageArchive } = deps;
  const byUser = [...Map.groupBy(entries, ({ userId }) => userId)];
  const present = await retry(deps, () => ledgerArchive.checkpoints(byUser.map(([userId]) => userId)));
  await forEach(deps, byUser, ([userId, own]) => advance(deps, present.get(userId), own, expireAt));
  await mark(deps, entries, (some) => ledgerArchive.expire(some, expireAt));
  await mark(deps, usage, (some) => usageArchive.expire(some, expireAt));
}

/** Marks items in rounds. A round has at most one request's worth of each account: see `PAUSE_MS`. */
async function mark<T extends { readonly userId: string }>(
  deps: StoreBatchDeps,
  items: readonly T[],
  expire: (some: readonly T[]) => Promise<void>,
): Promise<void> {
  const byUser = [...Map.groupBy(items, ({ userId }) => userId).values()].map(inRequests);
  const rounds = byUser.reduce((most, { length }) => Math.max(most, length), 0);
  for (let round = 0; round < rounds; round += 1) {
    const requests = inRequests(byUser.flatMap((ofUser) => ofUser[round] ?? []));
    await forEach(deps, requests, async (some) => {
      await expire(some);
      await deps.sleep(PAUSE_MS);
    });
  }
}

function inRequests<T>(items: readonly T[]): T[][] {
  return Array.from({ length: Math.ceil(items.length / TABLE.batchPuts) }, (_, index) =>
    items.slice(index * TABLE.batchPuts, (index + 1) * TABLE.batchPuts),
  );
}

/** Advances an account's checkpoint over its entries, unless an earlier attempt has done so. */
async function advance(
  { ledgerArchive }: StoreBatchDeps,
  present: LedgerCheckpoint | undefined,
  entries: readonly LedgerEntry[],
  expireAt: number,
): Promise<void> {
  const { userId, version } = entries.at(-1) ?? { userId: '', version: 0 };
  if ((present?.version ?? 0) >= version) return;
  if (await ledgerArchive.saveCheckpoint(checkpointAfter(userId, present, entries, expireAt))) return;
  const saved = (await ledgerArchive.checkpoints([userId])).get(userId);
  if ((saved?.version ?? 0) < version) throw new ArchiveTakenOver();
}

/** Works on all items, with retries. @throws the first failure, after all have ended */
async function forEach<T, R>(
  deps: RetryDeps,
  items: readonly T[],
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const results = await mapConcurrently(deps, items, work, { atOnce: AT_ONCE });
  return results.map((result) => {
    if (result.status === 'rejected') throw result.reason;
    return result.value;
  });
}
