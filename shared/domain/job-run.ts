import { ulid } from 'ulid';

/** What set a run off: a schedule by its name, somebody's request by their API key's id, or a hand at the console. */
export type JobTrigger =
  | { readonly kind: 'schedule'; readonly schedule: string }
  | { readonly kind: 'request'; readonly keyId: string | null }
  | { readonly kind: 'manual' };

/**
 * `queued`: asked for and not begun. `nothing_done`: it found nothing of what it was asked for; `outcome` says why. `cut_short`: its time was up, the next run goes on. `died`: it ended without a word,
 * as a later run found out. `already_running`: it left the work to another run.
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

/** What a run did so far: items that were dealt with, items that could not be, and figures of the job's own. */
export interface JobCounts {
  readonly processed: number;
  readonly failed: number;
  readonly [figure: string]: number;
}

export const NOTHING_DONE: JobCounts = { processed: 0, failed: 0 };

/** What a run was asked to do, as far as all jobs have it in common. */
export interface JobOptions {
  /** One user alone; without it all. */
  readonly userId?: string | undefined;
  /** The day that the run is about, where it is about one. */
  readonly date?: string | undefined;
  /** The plan that the run is about, where it is about one. */
  readonly planId?: string | undefined;
  /** Whether the run only counts. */
  readonly dryRun?: boolean | undefined;
}

export interface JobError {
  readonly message: string;
  readonly userId?: string;
}

/** One run of a job, as it is written down. Instants are epoch ms. */
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
  /** Why a run with nothing done could do nothing, such as `no_subscription`. */
  readonly outcome?: string | undefined;
  /** The first ones. */
  readonly errors: readonly JobError[];
  /** How far it came, in the job's own words. */
  readonly checkpoint?: string | undefined;
  /** The run whose work this one goes on with. */
  readonly resumedFrom?: string | undefined;
}

/** How often a run that goes on says so at least. */
export const HEARTBEAT_MS = 10_000;
/** After so long without a word a run is taken for dead. Shorter than Lambda's first pause before it tries again. */
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

/** A run as it stands at `now`: one that has not been heard of for too long has died. */
export function asSeen(run: JobRun, now: number): JobRun {
  const isDead = run.state === 'running' && run.updatedAt + JOB_LEASE_MS <= now;
  return isDead ? { ...run, state: 'died', endedAt: run.updatedAt } : run;
}

/** Whether a run did all that there was to do. */
export function isDone(state: JobState): boolean {
  return state === 'succeeded' || state === 'nothing_done';
}

/**
 * The run of the same scope whose work a new one goes on with: the last that was begun, unless it came to its end. One that
 * failed did, where it left no checkpoint.
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

/** What is written down of an error: enough to find it in the log, and nothing that opens a door. */
export function toJobError(error: unknown, userId?: string): JobError {
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  const message = text
    .replaceAll(/\b(sk|rk|pk|whsec|qk)_[\w-]+/g, '$1_…')
    .replaceAll(/(bearer|basic)\s+\S+/gi, '$1 …')
    .slice(0, MAX_MESSAGE);
  return { message, ...(userId !== undefined && { userId }) };
}
