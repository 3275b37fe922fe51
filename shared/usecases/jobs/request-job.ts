import type { JobStarter } from '../../adapters/aws/job-starter.ts';
import type { JobStore } from '../../adapters/dynamodb/job-store.ts';
import type { PlanStore } from '../../adapters/dynamodb/plan-store.ts';
import { type JobOptions, type JobRun, mintRunId, newRun } from '../../domain/job-run.ts';

export interface RequestJobDeps {
  readonly jobs: Pick<JobStore, 'running' | 'enqueue'>;
  readonly jobStarter: Pick<JobStarter, 'has' | 'start'>;
  readonly plans: Pick<PlanStore, 'newest'>;
  /** Epoch ms. */
  readonly now: () => number;
}

/** The event of a job's function for a requested run. */
export interface RequestedRun {
  readonly runId: string;
  /** The API key of the request. */
  readonly requestedBy: string | null;
  readonly options: JobOptions;
}

export type JobRequestOutcome =
  | { readonly code: 'queued'; readonly run: JobRun }
  | { readonly code: 'already_running'; readonly runId: string }
  | { readonly code: 'unknown_plan'; readonly planId: string }
  /** The deployment does not have the job. */
  | { readonly code: 'not_deployed' };

/**
 * Starts one run of a job, unless one is in progress. Two concurrent requests both return `queued`; the later
 * run is recorded as `already_running`.
 *
 * @throws Unavailable if the run could not be started
 */
export async function requestJob(
  { jobs, jobStarter, plans, now }: RequestJobDeps,
  job: string,
  options: JobOptions,
  keyId: string | null,
): Promise<JobRequestOutcome> {
  if (!jobStarter.has(job)) return { code: 'not_deployed' };
  const { planId, userId } = options;
  if (planId !== undefined && !(await plans.newest(planId))) return { code: 'unknown_plan', planId };
  const at = now();
  const runningId = await jobs.running(job, userId, at);
  if (runningId !== undefined) return { code: 'already_running', runId: runningId };
  const run = newRun('queued', { id: mintRunId(at), job, trigger: { kind: 'request', keyId }, options }, at);
  // Started first: the record of a run that was never started would remain.
  const event: RequestedRun = { runId: run.id, requestedBy: keyId, options };
  await jobStarter.start(job, event);
  await jobs.enqueue(run);
  return { code: 'queued', run };
}
