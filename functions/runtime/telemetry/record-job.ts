import { MetricUnit } from '@aws-lambda-powertools/metrics';
import { JOBS, METRICS } from '../../../shared/contract.ts';
import type { JobRun, JobState } from '../../../shared/domain/job-run.ts';
import { logger } from './logger.ts';
import { metrics } from './metrics.ts';

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
  metrics
    .addDimension(METRICS.dimensions.job, job)
    .addDimension(METRICS.dimensions.outcome, state)
    .addMetric(METRICS.job.runs, MetricUnit.Count, 1)
    .addMetric(METRICS.job.processed, MetricUnit.Count, counts.processed)
    .addMetric(METRICS.job.failed, MetricUnit.Count, counts.failed)
    .addMetric(METRICS.job.durationMs, MetricUnit.Milliseconds, durationMs)
    .publishStoredMetrics();
  const alive = ALIVE[state];
  if (alive !== undefined) countAlive(job, alive);
}

/** Counts every job as alive from its deployment on. */
export function recordDeployment(): void {
  for (const job of JOBS) countAlive(job, 1);
}

/** Of the states that say whether the job works; a run that left the work to another one does not. */
const ALIVE: Partial<Record<JobState, 0 | 1>> = { succeeded: 1, cut_short: 1, failed: 0 };

function countAlive(job: string, alive: 0 | 1): void {
  metrics
    .addDimension(METRICS.dimensions.job, job)
    .addMetric(METRICS.job.alive, MetricUnit.Count, alive)
    .publishStoredMetrics();
}
