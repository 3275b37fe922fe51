import { ulid } from 'ulid';

/** The trigger of a run: a schedule, a request with an API key, or a manual invocation. */
export type JobTrigger =
  | { readonly kind: 'schedule'; readonly schedule: string }
  | { readonly kind: 'request'; readonly keyId: string | null }
  | { readonly kind: 'manual' };

/**
 * `queued`: requested and not started. `nothing_done`: there was nothing to do for the request; `outcome` has
 * the reason. `cut_short`: its time was up, the next run continues. `died`: it stopped without recording an
 * end, as a later run found. `already_running`: another run does the work.
 */
export const JOB_STATES = [
  'queued',
  'running',
  'succeeded',
  'nothing_done',
  'failed',
  'cut_short',
  'died',
  'already_running',
] as const;
export type JobState = (typeof JOB_STATES)[number];

/** The progress of a run: items processed, items failed, and figures of the job's own. */
export interface JobCounts {
  readonly processed: number;
  readonly failed: number;
  readonly [figure: string]: number;
}

export const NOTHING_DONE: JobCounts = { processed: 0, failed: 0 };

/** The options of a run that all jobs share. */
export interface JobOptions {
  /** Only this user; absent: all users. */
  readonly userId?: string | undefined;
  /** The day that the run is for, if the job has one. */
  readonly date?: string | undefined;
  /** The plan that the run is for, if the job has one. */
  readonly planId?: string | undefined;
  /** Whether the run only counts. */
  readonly dryRun?: boolean | undefined;
}

export interface JobError {
  readonly message: string;
  readonly userId?: string;
}

/** The record of one run of a job. Instants are epoch ms. */
export interface JobRun {
  /** Sorts by time. */
  readonly id: string;
  readonly job: string;
  readonly trigger: JobTrigger;
  readonly options: JobOptions;
  readonly state: JobState;
  readonly startedAt: number;
  readonly updatedAt: number;
  readonly endedAt: number | null;
  readonly counts: JobCounts;
  /** Why a run had nothing to do, such as `no_subscription`. */
  readonly outcome?: string | undefined;
  /** The first `MAX_ERRORS` errors. */
  readonly errors: readonly JobError[];
  /** Where the next run continues, in the job's own format. */
  readonly checkpoint?: string | undefined;
  /** The run whose work this one continues. */
  readonly resumedFrom?: string | undefined;
}

/** Maximum interval between two records of a run in progress. */
export const HEARTBEAT_MS = 10_000;
/** A run without a record for this long counts as dead. Shorter than Lambda's first pause before a retry. */
export const JOB_LEASE_MS = 45_000;

export const MAX_ERRORS = 20;
const MAX_MESSAGE = 300;

export function mintRunId(now: number): string {
  return ulid(now);
}

export function newRun(
  state: JobState,
  about: Pick<JobRun, 'id' | 'job' | 'trigger' | 'options'> & Partial<JobRun>,
  now: number,
): JobRun {
  return { startedAt: now, updatedAt: now, endedAt: null, counts: NOTHING_DONE, errors: [], ...about, state };
}

/** Returns a run as of `now` (epoch ms): a running one whose lease has expired has died. */
export function asSeen(run: JobRun, now: number): JobRun {
  const isDead = run.state === 'running' && run.updatedAt + JOB_LEASE_MS <= now;
  return isDead ? { ...run, state: 'died', endedAt: run.updatedAt } : run;
}

/** Whether a run has completed its work. */
export function isDone(state: JobState): boolean {
  return state === 'succeeded' || state === 'nothing_done';
}

/**
 * Returns the run of the same scope whose work a new run continues: the last one started, unless it is
 * complete. A failed run without a checkpoint is complete.
 *
 * @param runs the newest first
 */
export function findUnfinished(runs: readonly JobRun[], options: JobOptions): JobRun | undefined {
  const last = runs.find(
    (run) => isSameScope(run.options, options) && run.state !== 'queued' && run.state !== 'already_running',
  );
  if (last === undefined || isDone(last.state)) return undefined;
  return last.state !== 'failed' || last.checkpoint !== undefined ? last : undefined;
}

function isSameScope(a: JobOptions, b: JobOptions): boolean {
  return a.userId === b.userId && a.planId === b.planId && (a.dryRun ?? false) === (b.dryRun ?? false);
}

/** Returns the recorded part of an error: enough to find it in the log, without credentials. */
export function toJobError(error: unknown, userId?: string): JobError {
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  const message = text
    .replaceAll(/\b(sk|rk|pk|whsec|qk)_[\w-]+/g, '$1_…')
    .replaceAll(/(bearer|basic)\s+\S+/gi, '$1 …')
    .slice(0, MAX_MESSAGE);
  return { message, ...(userId !== undefined && { userId }) };
}
