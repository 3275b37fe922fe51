import type { JobName } from '../../shared/contract.ts';
import type { JobOptions } from '../../shared/domain/job-run.ts';
import { requestJob } from '../../shared/usecases/jobs/request-job.ts';
import { inputErrors, PARSE_OPTIONS } from '../http/input-errors.ts';
import { invalidRequest } from '../http/problems.ts';
import type { Reply } from '../http/reply.ts';
import { JOB_OPTIONS, runJobRequest } from '../http/requests/job-options.ts';
import {
  isJob,
  jobNotDeployed,
  jobRunning,
  jobRunView,
  runsPath,
  unknownJob,
} from '../http/responses/job-view.ts';
import { unknownPlan } from '../http/responses/plan-view.ts';
import { httpRoute } from '../http/route.ts';
import { requestJobDeps } from '../runtime/composition/core.ts';

/** Starts one run of a job, which continues after the answer. */
export const route = httpRoute('runJob', runJobRequest, async ({ path, body }, { keyId }) => {
  if (!isJob(path.name)) return { problem: unknownJob(path.name) };
  const read = JOB_OPTIONS[path.name].safeParse(body, PARSE_OPTIONS);
  if (!read.success) return { problem: invalidRequest(inputErrors(read.error.issues, 'body')) };
  return run(path.name, read.data, keyId);
});

async function run(job: JobName, options: JobOptions, keyId: string | null): Promise<Reply> {
  const deps = requestJobDeps();
  const outcome = await requestJob(deps, job, options, keyId);
  if (outcome.code === 'not_deployed') return { problem: jobNotDeployed(job) };
  if (outcome.code === 'unknown_plan') return { problem: unknownPlan(outcome.planId) };
  if (outcome.code === 'already_running') return { problem: jobRunning(job, outcome.runId) };
  const location = runsPath(job);
  const body = { ...jobRunView(outcome.run, deps.now()), runs: location };
  return { status: 202, body, headers: { Location: location } };
}
