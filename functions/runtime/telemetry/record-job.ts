import { ENV, METRICS, STANDARD_JOBS } from '../../../shared/contract.ts';
import type { JobRun, JobState } from '../../../shared/domain/job-run.ts';
import { readSeedEnv } from '../env.ts';
import { logger } from './logger.ts';
import { publishMetrics } from './metrics.ts';

const { dimensions } = METRICS;

/** Writes one log line and the metrics of a run, by job and outcome. */
export function recordJob(run: JobRun): void {
  const { id, job, trigger, options, state, outcome, counts, errors, resumedFrom, startedAt, updatedAt } =
    run;
  const durationMs = updatedAt - startedAt;
  logger.info('job run', {
    runId: id,
    job,
    trigger,
    options,
    state,
    outcome,
    counts,
    errors,
    resumedFrom,
    durationMs,
  });
  publishMetrics([
    {
      dimensions: [{ [dimensions.job]: job, [dimensions.outcome]: state }],
      figures: [
        [METRICS.job.runs, 1],
        [METRICS.job.processed, counts.processed],
        [METRICS.job.failed, counts.failed],
        [METRICS.job.durationMs, durationMs],
      ],
    },
  ]);
  const alive = ALIVE[state];
  if (alive !== undefined) countAlive(job, alive);
}

/** Counts every job of the deployment as alive from then on. */
export function recordDeployment(): void {
  const optional = readSeedEnv()
    [ENV.optionalJobs].split(',')
    .filter((job) => job !== '');
  for (const job of [...STANDARD_JOBS, ...optional]) countAlive(job, 1);
}

/** States that prove or disprove that the job works; a run that left the work to another one does neither. */
const ALIVE: Partial<Record<JobState, 0 | 1>> = { succeeded: 1, cut_short: 1, failed: 0 };

function countAlive(job: string, alive: 0 | 1): void {
  publishMetrics([{ dimensions: [{ [dimensions.job]: job }], figures: [[METRICS.job.alive, alive]] }]);
}
