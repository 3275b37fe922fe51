import { JOBS, type JobName, STANDARD_JOBS } from '../../../shared/contract.ts';
import { asSeen, type JobRun } from '../../../shared/domain/job-run.ts';
import type { JobRunPage } from '../../../shared/usecases/jobs/list-job-runs.ts';
import type { Problem } from '../problems.ts';
import { cursorOf } from '../requests/page.ts';

/** A run on the wire, in its state at `now` (epoch ms). */
export function jobRunView(run: JobRun, now: number) {
  const { id, job, trigger, options, state, outcome, counts, errors, resumedFrom, ...times } = asSeen(
    run,
    now,
  );
  const { startedAt, updatedAt, endedAt } = times;
  return {
    runId: id,
    job,
    state,
    outcome: outcome ?? null,
    trigger,
    options,
    startedAt: new Date(startedAt).toISOString(),
    updatedAt: new Date(updatedAt).toISOString(),
    endedAt: endedAt === null ? null : new Date(endedAt).toISOString(),
    durationMs: (endedAt ?? updatedAt) - startedAt,
    counts,
    errors,
    resumedFrom: resumedFrom ?? null,
  };
}

export function jobRunsView(job: JobName, { items, next }: JobRunPage, now: number) {
  return { job, runs: items.map((run) => jobRunView(run, now)), nextCursor: cursorOf(next) };
}

/** The path that lists a job's runs. */
export function runsPath(job: JobName): string {
  return `/v1/admin/jobs/${job}/runs`;
}

export function isJob(name: string): name is JobName {
  return (JOBS as readonly string[]).includes(name); // wider, so that any text may be looked for
}

export function unknownJob(name: string): Problem {
  return {
    code: 'unknown_job',
    detail: `No job is named "${name.slice(0, 64)}". The jobs are ${JOBS.join(', ')}.`,
    extensions: { jobs: JOBS },
  };
}

/** A job of `OPTIONAL_JOBS`, without the settings that it needs. */
export function jobNotDeployed(job: JobName): Problem {
  return {
    code: 'unknown_job',
    detail: `This deployment does not have ${job}: it needs the setting ledgerRetentionDays or usageRetentionDays. Without them nothing is archived, and everything is kept.`,
    extensions: { jobs: STANDARD_JOBS },
  };
}

export function jobRunning(job: JobName, runId: string): Problem {
  return {
    code: 'job_running',
    detail: `The run ${runId} of ${job} is in progress. Retry when it has ended; GET ${runsPath(job)} shows its state.`,
    extensions: { runId },
  };
}
