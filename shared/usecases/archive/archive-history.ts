import type { ArchiveProgress } from '../../adapters/dynamodb/archive-progress.ts';
import type { LedgerArchive } from '../../adapters/dynamodb/ledger-archive.ts';
import type { UsageArchive } from '../../adapters/dynamodb/usage-archive.ts';
import { type ArchiveBatch, mintBatchId } from '../../domain/archive/batch.ts';
import {
  type Cutoffs,
  cutoffsAt,
  earliestOf,
  isWalkDue,
  latestOf,
  type Retention,
} from '../../domain/archive/retention.ts';
import { startOf } from '../../domain/date-range.ts';
import type { JobResult } from '../jobs/run-job.ts';
import type { JobContext } from '../jobs/running-job.ts';
import { type WalkAccountsDeps, walkAccounts } from '../jobs/walk-accounts.ts';
import { mapConcurrently, retry } from '../retry/retry.ts';
import { dueEntries, LedgerGap } from './collect-due.ts';
import { ArchiveTakenOver, recoverBatch, type StoreBatchDeps, storeBatch } from './store-batch.ts';

export interface ArchiveHistoryDeps extends StoreBatchDeps, WalkAccountsDeps {
  readonly retention: Retention;
  readonly ledgerArchive: StoreBatchDeps['ledgerArchive'] & Pick<LedgerArchive, 'after'>;
  readonly usageArchive: StoreBatchDeps['usageArchive'] & Pick<UsageArchive, 'due'>;
  readonly archiveProgress: StoreBatchDeps['archiveProgress'] &
    Pick<ArchiveProgress, 'takeOver' | 'begin' | 'complete'>;
  /** The time zone in which days of usage begin (IANA). @default 'UTC' */
  readonly reportTimeZone?: string;
  /** Lines that are archived together. @default 10,000: some megabytes, and some ten seconds */
  readonly batchLines?: number;
}

const BATCH_LINES = 10_000;
/**
 * Entries of one account in a batch. They are marked slowly, within the time that a run reserves for its end.
 */
const ACCOUNT_LINES = 2_500;
/** Accounts that are read concurrently, in each segment of the walk. */
const AT_ONCE = 10;

/**
 * Runs the job `history-archive`: moves ledger entries and usage that are older than the retention into
 * files, leaves a checkpoint where each ledger begins then, and lets the table delete them. A new walk
 * through all accounts begins `WALK_EVERY_DAYS` after the last one; the next run continues one that ran out
 * of time.
 *
 * Counts: `processed` accounts, `entries` and `usage` items archived, `batches`, accounts with a gap in their
 * ledger (`blocked`: nothing after the gap is archived), and accounts that could not be read (`failed`).
 *
 * @throws ArchiveTakenOver when a later run has taken over
 */
export async function archiveHistory(deps: ArchiveHistoryDeps, context: JobContext): Promise<JobResult> {
  const { archiveProgress: progress } = deps;
  const owner = mintBatchId(deps.now());
  const { batch, cutoffs: earlier, walked } = await retry(deps, () => progress.takeOver(owner));
  if (batch) await recoverBatch(deps, owner, batch);

  const target = cutoffsAt(deps.now(), deps.retention, deps.reportTimeZone);
  const isContinued = context.checkpoint !== undefined;
  const cutoffs = isContinued ? earliestOf(target, earlier) : target;
  const archiving = new Archiving(deps, context, owner, cutoffs);
  if (!isContinued && !isWalkDue(target, walked)) return { counts: archiving.counts, isComplete: true };
  if (!isContinued) await owned(deps, () => progress.begin(owner, latestOf(target, earlier)));
  const isComplete = await walkAccounts(deps, {
    purpose: 'history-archive',
    checkpoint: context.checkpoint,
    mayContinue: context.mayContinue,
    work: (userIds) => archiving.add(userIds),
    onProgress: (position) => archiving.moveTo(position),
  });
  await archiving.flush();
  if (isComplete) await owned(deps, () => progress.complete(owner, latestOf(walked, cutoffs)));
  return { counts: archiving.counts, isComplete };
}

async function owned(deps: ArchiveHistoryDeps, write: () => Promise<boolean>): Promise<void> {
  if (!(await retry(deps, write))) throw new ArchiveTakenOver();
}

/** Collects due items and archives them in batches. */
class Archiving {
  readonly #deps: ArchiveHistoryDeps;
  readonly #context: JobContext;
  readonly #owner: string;
  readonly #cutoffs: Cutoffs;
  readonly #batchLines: number;
  #batch: { entries: ArchiveBatch['entries'][number][]; usage: ArchiveBatch['usage'][number][] };
  /** Where the next walk would continue: all accounts before are in the batch, or were stored. */
  #position: string | undefined;
  #storing: Promise<unknown> = Promise.resolve();
  #isStoring = false;
  counts = { processed: 0, failed: 0, entries: 0, usage: 0, batches: 0, blocked: 0 };

  constructor(deps: ArchiveHistoryDeps, context: JobContext, owner: string, cutoffs: Cutoffs) {
    this.#deps = deps;
    this.#context = context;
    this.#owner = owner;
    this.#cutoffs = cutoffs;
    this.#batch = { entries: [], usage: [] };
    this.#batchLines = deps.batchLines ?? BATCH_LINES;
  }

  /** Adds the due items of some users; `false`: the time did not suffice for all of them. */
  async add(userIds: readonly string[]): Promise<boolean> {
    const deps = this.#deps;
    const checkpoints =
      this.#cutoffs.ledgerBefore === undefined
        ? undefined
        : await retry(deps, () => deps.ledgerArchive.checkpoints(userIds));
    const results = await mapConcurrently(
      deps,
      userIds,
      (userId) => this.#addUser(userId, checkpoints?.get(userId)?.version ?? 0),
      // An account that was added in part must not be added again.
      { atOnce: AT_ONCE, tries: 1 },
    );
    // Throws if a batch was not stored.
    await this.#storing;
    if (results.some((result) => result.status === 'fulfilled' && !result.value)) return false;
    results.forEach((result, index) => {
      this.#count(result, userIds[index] ?? '');
    });
    return true;
  }

  moveTo(position: string): void {
    this.#position = position;
    // Otherwise a crash would skip the accounts of the batch until the next walk.
    if (this.#size === 0 && !this.#isStoring) this.#context.progress(this.counts, position);
  }

  /** Stores what was collected. Batches are stored one after the other. */
  async flush(): Promise<void> {
    const [batch, position] = [this.#batch, this.#position];
    this.#batch = { entries: [], usage: [] };
    this.#isStoring = true;
    const storing = this.#storing.then(() => this.#store(batch, position));
    this.#storing = storing;
    await storing;
    this.#isStoring = this.#storing !== storing;
  }

  async #store(batch: ArchiveBatch, position: string | undefined): Promise<void> {
    const { entries, usage } = batch;
    if (entries.length + usage.length > 0) {
      await storeBatch(this.#deps, this.#owner, batch);
      this.counts = {
        ...this.counts,
        entries: this.counts.entries + entries.length,
        usage: this.counts.usage + usage.length,
        batches: this.counts.batches + 1,
      };
    }
    this.#context.progress(this.counts, position);
  }

  get #size(): number {
    return this.#batch.entries.length + this.#batch.usage.length;
  }

  async #addUser(userId: string, version: number): Promise<boolean> {
    await this.#addUsage(userId);
    const { ledgerBefore } = this.#cutoffs;
    return ledgerBefore === undefined || this.#addEntries(userId, version, Date.parse(ledgerBefore));
  }

  async #addEntries(userId: string, version: number, before: number): Promise<boolean> {
    let own = 0;
    for await (const entries of dueEntries(this.#deps, userId, version, before)) {
      this.#batch.entries.push(...entries);
      own += entries.length;
      if (own >= ACCOUNT_LINES) {
        await this.flush();
        own = 0;
      } else await this.#flushIfFull();
      if (!this.#context.mayContinue()) return false;
    }
    return true;
  }

  async #addUsage(userId: string): Promise<void> {
    const { usageBefore: date } = this.#cutoffs;
    if (date === undefined) return;
    const { usageArchive, reportTimeZone } = this.#deps;
    const instant = startOf(date, reportTimeZone);
    const due = await retry(this.#deps, () => usageArchive.due(userId, { date, instant }));
    this.#batch.usage.push(...due);
    await this.#flushIfFull();
  }

  /** Waits for a batch that is being stored, so that memory holds two at most. */
  async #flushIfFull(): Promise<void> {
    await (this.#size >= this.#batchLines ? this.flush() : this.#storing);
  }

  #count(result: PromiseSettledResult<boolean>, userId: string): void {
    const error = result.status === 'rejected' ? result.reason : undefined;
    if (error instanceof ArchiveTakenOver) throw error;
    if (error !== undefined) this.#context.note(error, userId);
    const isBlocked = error instanceof LedgerGap;
    const { counts } = this;
    this.counts = {
      ...counts,
      processed: counts.processed + Number(error === undefined || isBlocked),
      blocked: counts.blocked + Number(isBlocked),
      failed: counts.failed + Number(error !== undefined && !isBlocked),
    };
  }
}
