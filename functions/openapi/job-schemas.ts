import * as z from 'zod/mini';
import { JOBS } from '../../shared/contract.ts';
import { JOB_STATES } from '../../shared/domain/job-run.ts';
import { described } from '../http/requests/fields.ts';
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

/** The answers about jobs. */

const trigger = described(
  z.looseObject({
    kind: oneOf(['schedule', 'request', 'manual'], 'How the run was started.'),
    schedule: z.optional(text('The schedule that started the run.')),
    keyId: z.optional(textOrNull('The id of the API key that asked for the run.')),
  }),
  { description: 'What started the run.' },
);

const options = described(
  z.looseObject({
    userId: z.optional(text('The only user that the run was for; absent: all users.')),
    types: z.optional(list(z.string(), 'The only features that the run was for; absent: all features.')),
    date: z.optional(
      date("The day that the run was about, in the deployment's time zone for reports (UTC by default)."),
    ),
    force: z.optional(flag('Whether the run was forced.')),
    planId: z.optional(text('The plan that the run was for.')),
    dryRun: z.optional(flag('Whether the run only counted.')),
  }),
  { description: 'The options that the run was started with.' },
);

const runFields = () => ({
  runId: text("The run's id; ids sort by time."),
  job: oneOf(JOBS, 'The job.'),
  state: oneOf(
    JOB_STATES,
    '`nothing_done`: there was nothing of what was asked for; `outcome` says why. `cut_short`: the time of the run was up, and the next run continues. `died`: the run stopped without an end. `already_running`: another run was under way.',
  ),
  outcome: textOrNull(
    'Why a run with `nothing_done` could do nothing, such as `no_subscription`, `no_account` or `billing_not_configured`.',
  ),
  trigger,
  options,
  startedAt: instant('When the run started.'),
  updatedAt: instant('When the run last saved its progress.'),
  endedAt: instantOrNull('When the run ended; `null`: it has not ended.'),
  durationMs: integer('Milliseconds from the start to the end, or to the last saved progress.'),
  counts: described(
    z.catchall(
      z.looseObject({ processed: integer('Items done.'), failed: integer('Items that failed.') }),
      z.int(),
    ),
    { description: 'Items done, items that failed, and figures of the job.' },
  ),
  errors: list(
    z.looseObject({
      message: text('The error.'),
      userId: z.optional(text('The user whose item failed.')),
    }),
    'The first 20 errors.',
  ),
  resumedFrom: textOrNull('The run whose unfinished work this run continued; `null`: none.'),
});

const jobRun = component('JobRun', runFields());

export const startedJob = component('StartedJob', {
  ...runFields(),
  runs: text('The path that lists the runs of the job.'),
});

export const jobRuns = component('JobRuns', {
  job: oneOf(JOBS, 'The job.'),
  runs: list(jobRun, 'A page of runs, the newest first.'),
  nextCursor: nextCursor(),
});
