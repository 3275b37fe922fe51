import * as z from 'zod/mini';
import { JOBS, type OperationName } from '../../shared/contract.ts';
import { JOB_STATES, type JobRun, newRun } from '../../shared/domain/job-run.ts';
import { described } from '../http/requests/fields.ts';
import { listJobRunsRequest, runJobRequest } from '../http/requests/job-options.ts';
import { jobRunsView, jobRunView, runsPath } from '../http/responses/job-view.ts';
import { locationHeader } from './headers.ts';
import type { OperationDoc } from './operation-doc.ts';
import { NOW } from './sample-account.ts';
import {
  component,
  date,
  flag,
  instant,
  instantOrNull,
  integer,
  list,
  nextCursor,
  oneOf,
  text,
  textOrNull,
} from './schema-parts.ts';

const trigger = described(
  z.looseObject({
    kind: oneOf(['schedule', 'request', 'manual'], 'How the run was started.'),
    schedule: z.optional(text('The schedule that started the run.')),
    keyId: z.optional(textOrNull('The id of the API key that asked for the run.')),
  }),
  { description: 'The trigger of the run.' },
);

const options = described(
  z.looseObject({
    userId: z.optional(text('The only user of the run; absent: all users.')),
    types: z.optional(list(z.string(), 'The only features of the run; absent: all features.')),
    date: z.optional(date("The day of the run, in the deployment's time zone for reports (UTC by default).")),
    force: z.optional(flag('Whether the run was forced.')),
    planId: z.optional(text('The plan of the run.')),
    dryRun: z.optional(flag('Whether the run only counted.')),
  }),
  { description: 'The options of the run.' },
);

const runFields = () => ({
  runId: text("The run's id; ids sort by time."),
  job: oneOf(JOBS, 'The job.'),
  state: oneOf(
    JOB_STATES,
    '`nothing_done`: there was nothing to do; `outcome` has the reason. `cut_short`: the run reached its time limit, and the next run continues. `died`: the run stopped without recording an end. `already_running`: another run was in progress.',
  ),
  outcome: textOrNull(
    'Why a run did nothing (`nothing_done`), such as `no_subscription`, `no_account`, `range_not_kept` or `billing_not_configured`.',
  ),
  trigger,
  options,
  startedAt: instant('When the run started.'),
  updatedAt: instant('When the run last saved its progress.'),
  endedAt: instantOrNull('When the run ended; `null`: it has not ended.'),
  durationMs: integer('Milliseconds from the start to the end, or to the last saved progress.'),
  counts: described(
    z.catchall(
      z.looseObject({ processed: integer('Items processed.'), failed: integer('Items that failed.') }),
      z.int(),
    ),
    { description: 'Items processed, items that failed, and figures of the job.' },
  ),
  errors: list(
    z.looseObject({
      message: text('The error.'),
      userId: z.optional(text('The user whose item failed.')),
    }),
    'The first 20 errors.',
  ),
  resumedFrom: textOrNull('The run that this run continued; `null`: none.'),
});

const jobRun = component('JobRun', runFields());

const startedJob = component('StartedJob', {
  ...runFields(),
  runs: text('The path that lists the runs of the job.'),
});

const jobRuns = component('JobRuns', {
  job: oneOf(JOBS, 'The job.'),
  runs: list(jobRun, 'A page of runs, newest first.'),
  nextCursor: nextCursor(),
});

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
    summary: 'Start one run of a job now, for all users or for one; it continues after the response',
    request: runJobRequest,
    example: { userId: 'user-42' },
    responses: [
      {
        status: 202,
        description:
          'The run was started. `runs` and the `Location` header contain the path that lists the runs.',
        schema: startedJob,
        headers: locationHeader,
        examples: { started: { ...jobRunView(queued, NOW), runs: runsPath(job) } },
      },
    ],
    problems: ['unknown_job', 'unknown_plan', 'job_running'],
  },
  listJobRuns: {
    tag: 'Administration',
    summary: "List a job's runs of the last 90 days, newest first",
    request: listJobRunsRequest,
    responses: [
      {
        status: 200,
        description: 'A page.',
        schema: jobRuns,
        examples: { page: jobRunsView(job, { items: [queued, ended], next: undefined }, NOW) },
      },
    ],
    problems: ['unknown_job'],
  },
} as const satisfies Partial<Record<OperationName, OperationDoc>>;
