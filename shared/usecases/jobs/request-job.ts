import type { JobStarter } from '../../adapters/aws/job-starter.ts';
import type { JobStore } from '../../adapters/dynamodb/job-store.ts';
import { type JobOptions, type JobRun, mintRunId, newRun } from '../../domain/job-run.ts';

export interface RequestJobDeps {
  readonly jobs: Pick<JobStore, 'running' | 'enqueue'>;
  readonly jobStarter: Pick<JobStarter, 'start'>;
  /** Epoch ms. */
  readonly now: () => number;
}

/** What a job's function is handed when somebody asked for a run. */
export interface RequestedRun {
  readonly runId: string;
  /** The API key that asked. */
  readonly requestedBy: string | null;
  readonly options: JobOptions;
}

export type JobRequestOutcome =
  | { readonly code: 'queued'; readonly run: JobRun }
  | { readonly code: 'already_running'; readonly runId: string };

/**
 * Starts one run of a job, unless one is under way. Two that ask at the same moment both hear `queued`; the record of the one
 * that comes late says `already_running`.
 *
 * @throws Unavailable when it could not be started
 */
export async function requestJob(
  { jobs, jobStarter, now }: RequestJobDeps,
  job: string,
  options: JobOptions,
  keyId: string | null,
): Promise<JobRequestOutcome> {
  const at = now();
  const runningId = await jobs.running(job, options.userId, at);
  if (runningId !== undefined) return { code: 'already_running', runId: runningId };
  const run = newRun('queued', { id: mintRunId(at), job, trigger: { kind: 'request', keyId }, options }, at);
  // Started first: a record of a run that nobody started would stand there for good.
  const event: RequestedRun = { runId: run.id, requestedBy: keyId, options };
  await jobStarter.start(job, event);
  await jobs.enqueue(run);
  return { code: 'queued', run };
}
