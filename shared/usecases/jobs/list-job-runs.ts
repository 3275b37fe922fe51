import type { JobStore } from '../../adapters/dynamodb/job-store.ts';
import type { PageRequest, RecordPage } from '../../adapters/dynamodb/record-page.ts';
import type { JobRun } from '../../domain/job-run.ts';

export type JobRunPage = RecordPage<JobRun>;

export interface ListJobRunsDeps {
  readonly jobs: Pick<JobStore, 'page'>;
}

/** Returns a page of a job's runs, newest first. */
export async function listJobRuns(
  { jobs }: ListJobRunsDeps,
  job: string,
  { limit, after }: PageRequest,
): Promise<JobRunPage> {
  return jobs.page(job, limit, after);
}
