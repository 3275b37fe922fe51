import type { JobClaim, JobStore } from '../../adapters/dynamodb/job-store.ts';
import {
  findUnfinished,
  isDone,
  type JobCounts,
  type JobOptions,
  type JobRun,
  type JobState,
  type JobTrigger,
  mintRunId,
  newRun,
} from '../../domain/job-run.ts';
import { retry } from '../retry/retry.ts';
import { type RunExclusiveDeps, runExclusive } from '../retry/run-exclusive.ts';
import { type JobContext, RunningJob, type RunningJobDeps } from './running-job.ts';

export interface RunJobDeps extends RunningJobDeps, RunExclusiveDeps {
  readonly jobs: RunningJobDeps['jobs'] & Pick<JobStore, 'claim' | 'release' | 'begin' | 'read' | 'page'>;
}

export interface JobRequest {
  readonly job: string;
  readonly trigger: JobTrigger;
  readonly options: JobOptions;
  /** The id that the request for this run returned. */
  readonly runId?: string | undefined;
  /** Whether there is time for more work. */
  readonly mayContinue: () => boolean;
}

/** The result of a job. */
export interface JobResult {
  /** As in the last `progress`; a run with `failed` items has failed. */
  readonly counts: JobCounts;
  /** `false`: there was not enough time; the next run continues. */
  readonly isComplete: boolean;
  /** Why there was nothing to do; such a run does not count as a success. */
  readonly nothingDone?: string | undefined;
}

/** The work of one job. */
export type JobWork = (context: JobContext) => Promise<JobResult>;

/** How many earlier runs are searched for an unfinished one. */
const LOOK_BACK = 25;

/**
 * Runs a job, one run at a time, and records its progress and end.
 *
 * ```
 * lock (Redis, saves work) ─▶ claim (table, decides) ─▶ record: running ─▶ work ─▶ record: end ─▶ release
 *       └▶ held: already_running ◀┘ held, not expired      └ concurrently: renew the claim, save progress
 * ```
 *
 * Invariants:
 * - One run per job and user holds the claim; runs for one user have a separate claim and do not wait for a
 *   run for all.
 * - A run that died leaves its claim to expire. The next run finds its record still running, marks it as
 *   died, and continues from its checkpoint.
 * - Every job's writes are conditional, so a run that lost its claim does no harm.
 *
 * @returns the record of the run; an error of `work` is recorded as `failed`, not thrown
 */
export async function runJob(deps: RunJobDeps, request: JobRequest, work: JobWork): Promise<JobRun> {
  const { job, options } = request;
  const name = options.userId === undefined ? job : `${job}:${options.userId}`;
  const lone = await runExclusive(deps, name, () => runClaimed(deps, request, work));
  if (lone.code === 'ran') return lone.value;
  return recordAlreadyRunning(deps, request);
}

async function runClaimed(deps: RunJobDeps, request: JobRequest, work: JobWork): Promise<JobRun> {
  const { job, options } = request;
  const startedAt = deps.now();
  const attemptId = mintRunId(startedAt);
  const runId = request.runId ?? attemptId;
  const claim = { job, userId: options.userId, runId, holder: attemptId };
  if (!(await retry(deps, () => deps.jobs.claim(claim, startedAt))))
    return recordAlreadyRunning(deps, request);
  try {
    return await runHeld(deps, request, work, claim, startedAt);
  } finally {
    // A claim that is not released expires.
    await retry(deps, () => deps.jobs.release(claim, deps.now())).catch(() => {});
  }
}

async function runHeld(
  deps: RunJobDeps,
  { job, trigger, options, runId, mayContinue }: JobRequest,
  work: JobWork,
  claim: JobClaim,
  startedAt: number,
): Promise<JobRun> {
  const { items } = await retry(deps, () => deps.jobs.page(job, LOOK_BACK));
  const unfinished = findUnfinished(items, options);
  if (unfinished?.state === 'running') await markDied(deps, unfinished);
  const about = { job, trigger, options, resumedFrom: unfinished?.id, checkpoint: unfinished?.checkpoint };
  let run = newRun('running', { ...about, id: claim.runId }, startedAt);
  if (!(await retry(deps, () => deps.jobs.begin(run)))) {
    // Lambda delivers a failed event again, and sometimes a successful one.
    const before = await retry(deps, () => deps.jobs.read(job, run.id));
    const isOwn = before?.state === 'running' && before.startedAt === startedAt;
    if (before && isDone(before.state)) return before;
    if (!isOwn) {
      run = { ...run, id: claim.holder, resumedFrom: run.id };
      await retry(deps, () => deps.jobs.begin(run));
    }
  }
  const { checkpoint } = about;
  const running = new RunningJob(deps, claim, run, { mayContinue, checkpoint, onceId: runId ?? run.id });
  try {
    const result = await work(running.context);
    return await running.end(stateOf(result), result.counts, result.isComplete, result.nothingDone);
  } catch (error) {
    running.context.note(error);
    return await running.end('failed', running.counts, false);
  }
}

function stateOf({ counts, isComplete, nothingDone }: JobResult): JobState {
  if (counts.failed > 0) return 'failed';
  if (!isComplete) return 'cut_short';
  return nothingDone === undefined ? 'succeeded' : 'nothing_done';
}

/** Marks a run that recorded no end as died. */
async function markDied(deps: RunJobDeps, dead: JobRun): Promise<void> {
  await retry(deps, () => deps.jobs.save({ ...dead, state: 'died', endedAt: dead.updatedAt }));
}

/** Records that the run in progress does the work. */
async function recordAlreadyRunning(
  deps: RunJobDeps,
  { job, trigger, options, runId }: JobRequest,
): Promise<JobRun> {
  const now = deps.now();
  const about = { id: runId ?? mintRunId(now), job, trigger, options, endedAt: now };
  const run = newRun('already_running', about, now);
  await retry(deps, () => deps.jobs.begin(run));
  return run;
}
