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

/** What a job has besides its own dependencies and options. */
export interface JobContext {
  /** Whether there is time for more, and this run is still the one to do it. Ask before every batch. */
  readonly mayContinue: () => boolean;
  /** Says what was done so far, in all, and where the next run would have to go on; written down every few seconds. */
  readonly progress: (counts: JobCounts, checkpoint?: string) => void;
  /** Notes that an item could not be done. The work goes on; counting it as `failed` is the job's. */
  readonly note: (error: unknown, userId?: string) => void;
  /** Where the run before this one stopped, if it did not come to its end. */
  readonly checkpoint: string | undefined;
  /** The same for every attempt at what was asked for once: keys made from it are used once. */
  readonly onceId: string;
}

export interface RunningJobDeps extends RetryDeps {
  readonly jobs: Pick<JobStore, 'renew' | 'save'>;
  /** Epoch ms. */
  readonly now: () => number;
}

/** How often progress is written down at most. */
const TICK_MS = 2_000;

/**
 * A run that goes on: holds its claim, and writes its progress down beside the work, never for each item. When the claim is
 * lost, `mayContinue` says so; what is under way ends by itself and does no harm, since every write of a job is conditional.
 */
export class RunningJob {
  readonly context: JobContext;
  readonly #deps: RunningJobDeps;
  readonly #claim: JobClaim;
  readonly #ended = Promise.withResolvers<void>();
  readonly #beating: Promise<void>;
  #run: JobRun;
  #isNews = false;
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
        this.#tell({ counts, ...(checkpoint !== undefined && { checkpoint }) }),
      note: (error, userId) => {
        if (this.#run.errors.length === MAX_ERRORS) return;
        this.#tell({ errors: [...this.#run.errors, toJobError(error, userId)] });
      },
    };
    this.#beating = this.#beat();
  }

  /** Writes down how it ended; where a later run has taken it for dead, that stays. What is complete has no checkpoint. */
  async end(state: JobState, counts: JobCounts, isComplete: boolean, outcome?: string): Promise<JobRun> {
    this.#isOver = true;
    this.#ended.resolve();
    await this.#beating;
    const now = this.#deps.now();
    const { checkpoint, ...run } = this.#run;
    const left = isComplete || checkpoint === undefined ? {} : { checkpoint };
    const said = outcome === undefined ? {} : { outcome };
    this.#run = { ...run, ...left, ...said, state, counts, updatedAt: now, endedAt: now };
    await retry(this.#deps, () => this.#deps.jobs.save(this.#run));
    return this.#run;
  }

  get counts(): JobCounts {
    return this.#run.counts;
  }

  #tell(news: Partial<JobRun>): void {
    this.#run = { ...this.#run, ...news };
    this.#isNews = true;
  }

  async #beat(): Promise<void> {
    let renewedAt = this.#run.startedAt;
    for (;;) {
      await Promise.race([this.#deps.sleep(TICK_MS), this.#ended.promise]);
      if (this.#isOver) return;
      const now = this.#deps.now();
      const isDue = renewedAt + HEARTBEAT_MS <= now;
      // A beat that is missed is made up for by the next; the lease has room for several.
      if (isDue && (await this.#renew(now).catch(() => false))) renewedAt = now;
      if (isDue || this.#isNews) await this.#save(now).catch(() => {});
    }
  }

  async #renew(now: number): Promise<boolean> {
    const isHeld = await this.#deps.jobs.renew(this.#claim, now);
    if (isHeld) this.#claimedUntil = now + JOB_LEASE_MS;
    else this.#isOver = true;
    return isHeld;
  }

  async #save(now: number): Promise<void> {
    this.#isNews = false;
    this.#run = { ...this.#run, updatedAt: now };
    if (!(await this.#deps.jobs.save(this.#run))) this.#isOver = true;
  }
}
