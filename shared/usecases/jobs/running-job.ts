import type { JobClaim, JobStore } from '../../adapters/dynamodb/job-store.ts';
import {
  HEARTBEAT_MS,
  JOB_LEASE_MS,
  type JobCounts,
  type JobRun,
  type JobState,
  MAX_ERRORS,
  toJobError,
} from '../../domain/job-run.ts';
import { type RetryDeps, retry } from '../retry/retry.ts';

/** The interface between a job's work and its run. */
export interface JobContext {
  /** Whether there is time for more work, and this run still holds its claim. Call it before every batch. */
  readonly mayContinue: () => boolean;
  /** Reports the total progress, and where the next run would continue; saved every few seconds. */
  readonly progress: (counts: JobCounts, checkpoint?: string) => void;
  /** Records the error of an item. The work continues; the job itself counts the item as `failed`. */
  readonly note: (error: unknown, userId?: string) => void;
  /** Where the previous run stopped, if it is unfinished. */
  readonly checkpoint: string | undefined;
  /** Equal for every attempt of one request; the source of idempotency keys. */
  readonly onceId: string;
}

export interface RunningJobDeps extends RetryDeps {
  readonly jobs: Pick<JobStore, 'renew' | 'save'>;
  /** Epoch ms. */
  readonly now: () => number;
}

/** Minimum interval between two saves of progress. */
const TICK_MS = 2_000;

/**
 * A run in progress: renews its claim and saves its progress in the background, never for each item. After
 * the claim is lost, `mayContinue` returns `false`; work in flight completes and does no harm, since every
 * write of a job is conditional.
 */
export class RunningJob {
  readonly context: JobContext;
  readonly #deps: RunningJobDeps;
  readonly #claim: JobClaim;
  readonly #ended = Promise.withResolvers<void>();
  readonly #beating: Promise<void>;
  #run: JobRun;
  #isDirty = false;
  #isOver = false;
  #claimedUntil: number;

  constructor(
    deps: RunningJobDeps,
    claim: JobClaim,
    run: JobRun,
    given: Pick<JobContext, 'mayContinue' | 'checkpoint' | 'onceId'>,
  ) {
    this.#deps = deps;
    this.#claim = claim;
    this.#run = run;
    this.#claimedUntil = run.startedAt + JOB_LEASE_MS;
    this.context = {
      ...given,
      mayContinue: () => !this.#isOver && deps.now() < this.#claimedUntil && given.mayContinue(),
      progress: (counts, checkpoint) =>
        this.#update({ counts, ...(checkpoint !== undefined && { checkpoint }) }),
      note: (error, userId) => {
        if (this.#run.errors.length === MAX_ERRORS) return;
        this.#update({ errors: [...this.#run.errors, toJobError(error, userId)] });
      },
    };
    this.#beating = this.#beat();
  }

  /** Saves the end of the run, unless a later run has marked it as died. A complete run has no checkpoint. */
  async end(state: JobState, counts: JobCounts, isComplete: boolean, outcome?: string): Promise<JobRun> {
    this.#isOver = true;
    this.#ended.resolve();
    await this.#beating;
    const now = this.#deps.now();
    const { checkpoint, ...run } = this.#run;
    const left = isComplete || checkpoint === undefined ? {} : { checkpoint };
    const reason = outcome === undefined ? {} : { outcome };
    this.#run = { ...run, ...left, ...reason, state, counts, updatedAt: now, endedAt: now };
    await retry(this.#deps, () => this.#deps.jobs.save(this.#run));
    return this.#run;
  }

  get counts(): JobCounts {
    return this.#run.counts;
  }

  #update(changes: Partial<JobRun>): void {
    this.#run = { ...this.#run, ...changes };
    this.#isDirty = true;
  }

  async #beat(): Promise<void> {
    let renewedAt = this.#run.startedAt;
    for (;;) {
      await Promise.race([this.#deps.sleep(TICK_MS), this.#ended.promise]);
      if (this.#isOver) return;
      const now = this.#deps.now();
      const isDue = renewedAt + HEARTBEAT_MS <= now;
      // A failed renewal is retried at the next tick; the lease allows for several failures.
      if (isDue && (await this.#renew(now).catch(() => false))) renewedAt = now;
      if (isDue || this.#isDirty) await this.#save(now).catch(() => {});
    }
  }

  async #renew(now: number): Promise<boolean> {
    const isHeld = await this.#deps.jobs.renew(this.#claim, now);
    if (isHeld) this.#claimedUntil = now + JOB_LEASE_MS;
    else this.#isOver = true;
    return isHeld;
  }

  async #save(now: number): Promise<void> {
    this.#isDirty = false;
    this.#run = { ...this.#run, updatedAt: now };
    if (!(await this.#deps.jobs.save(this.#run))) this.#isOver = true;
  }
}
