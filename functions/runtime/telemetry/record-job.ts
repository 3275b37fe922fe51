import { MetricUnit } from '@aws-lambda-powertools/metrics';
import { METRICS } from '../../../shared/contract.ts';
import type { JobRun } from '../../../shared/domain/job-run.ts';
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
}
