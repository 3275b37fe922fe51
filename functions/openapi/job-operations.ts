import type { OperationName } from '../../shared/contract.ts';
import { type JobRun, newRun } from '../../shared/domain/job-run.ts';
import { listJobRunsRequest, runJobRequest } from '../http/requests/job-options.ts';
import { jobRunsView, jobRunView, runsPath } from '../http/responses/job-view.ts';
import { NOW } from './examples.ts';
import { locationHeader } from './headers.ts';
import * as results from './job-schemas.ts';
import type { OperationDoc } from './operation-doc.ts';

const job = 'quota-reset';
const about = { job, trigger: { kind: 'request', keyId: 'ab'.repeat(32) }, options: {} } as const;
const queued = newRun('queued', { ...about, id: '01KAJ0Q2F0ZV9W5T2M4X7B8C1D' }, NOW);
const ended: JobRun = {
  ...newRun('failed', { ...about, id: '01KAHXAYJ0H3N6R8S0E4G5K7QW' }, NOW - 3_600_000),
  trigger: { kind: 'schedule', schedule: 'daily' },
  updatedAt: NOW - 3_595_000,
  endedAt: NOW - 3_595_000,
  counts: { processed: 4_211, failed: 1, rolledOver: 4_207, alreadyDone: 4 },
  errors: [{ userId: 'user-42', message: 'Error: the plan "gold" is in use but does not exist' }],
};

/** The routes about jobs. */
export const JOB_OPERATIONS = {
  runJob: {
    tag: 'Administration',
    summary: 'Start one run of a job now, for all users or for one; it goes on after the answer',
    request: runJobRequest,
    example: { userId: 'user-42' },
    answers: [
      {
        status: 202,
        says: 'Started. `runs` and the `Location` header have the path that lists the runs.',
        schema: results.startedJob,
        headers: locationHeader,
        examples: { started: { ...jobRunView(queued, NOW), runs: runsPath(job) } },
      },
    ],
    problems: ['unknown_job', 'unknown_plan', 'job_running'],
  },
  listJobRuns: {
    tag: 'Administration',
    summary: "A job's runs of the last 90 days, the newest first",
    request: listJobRunsRequest,
    answers: [
      {
        status: 200,
        says: 'A page.',
        schema: results.jobRuns,
        examples: { page: jobRunsView(job, { items: [queued, ended], next: undefined }, NOW) },
      },
    ],
    problems: ['unknown_job'],
  },
} as const satisfies Partial<Record<OperationName, OperationDoc>>;
