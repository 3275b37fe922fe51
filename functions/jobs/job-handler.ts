import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import type { JobName } from '../../shared/contract.ts';
import type { JobRun, JobTrigger } from '../../shared/domain/job-run.ts';
import { type JobResult, runJob } from '../../shared/usecases/jobs/run-job.ts';
import type { JobContext } from '../../shared/usecases/jobs/running-job.ts';
import { pathText } from '../http/input-errors.ts';
import { JOB_OPTIONS, type JobEvent, type JobOptionsOf, readJobEvent } from '../http/requests/job-options.ts';
import { runJobDeps } from '../runtime/composition/caches.ts';
import { openTable } from '../runtime/composition/open-table.ts';
import { logger } from '../runtime/telemetry/logger.ts';
import { recordJob } from '../runtime/telemetry/record-job.ts';

await openTable();

/** Time reserved for finishing the current batch and recording the run. */
const RESERVE_MS = 30_000;

/**
 * Makes the handler of a job: one run at a time, recorded from start to end, with metrics. A run with failed
 * items throws, so that Lambda retries it and stores what stays failed. A run that was cut short succeeds,
 * since the next one continues it.
 *
 * @param job its name in `JOBS`; its options are those of `JOB_OPTIONS`
 * @param work calls one use case
 *
 * @example
 * export const handler = jobHandler('quota-reset', (options, context) =>
 *   resetDue(sweepDeps(), options, context),
 * );
 */
export function jobHandler<J extends JobName>(
  job: J,
  work: (options: JobOptionsOf<J>, context: JobContext) => Promise<JobResult>,
) {
  return middy<unknown, JobRun>()
    .use(injectLambdaContext(logger))
    .handler(async (event, lambda: Context) => {
      const { runId, ...asked } = readJobEvent(event);
      const options = readOptions(job, asked.options);
      const mayContinue = () => lambda.getRemainingTimeInMillis() > RESERVE_MS;
      const request = { job, runId, options, trigger: triggerOf(asked), mayContinue };
      const run = await runJob(runJobDeps(), request, (context) => work(options, context));
      recordJob(run);
      if (run.state === 'failed')
        throw new Error(`the run ${run.id} of ${job} failed; its record has the errors`);
      return run;
    });
}

function readOptions<J extends JobName>(job: J, options: unknown): JobOptionsOf<J> {
  const read = JOB_OPTIONS[job].safeParse(options);
  if (read.success) return read.data as JobOptionsOf<J>; // read by the schema of this very job
  const names = read.error.issues.map(({ path }) => pathText(path, 'the whole of it')).join(', ');
  throw new Error(`the options of ${job} are not as expected: ${names}`);
}

function triggerOf({ schedule, requestedBy }: Omit<JobEvent, 'runId' | 'options'>): JobTrigger {
  if (schedule !== undefined) return { kind: 'schedule', schedule };
  return requestedBy === undefined ? { kind: 'manual' } : { kind: 'request', keyId: requestedBy };
}
