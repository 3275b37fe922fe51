import * as z from 'zod/mini';
import { JOBS } from '../../shared/contract.ts';
import { JOB_STATES } from '../../shared/domain/job-run.ts';
import { docs } from '../schemas/fields.ts';

/** What answers about jobs look like. Loose: an answer may gain members within a version of the API. */

const text = z.string();
const instant = z.iso.datetime();

const runFields = {
  runId: text,
  job: z.enum(JOBS),
  state: z.enum(JOB_STATES).register(docs, {
    description:
      '`cut_short`: its time was up, the next run goes on. `died`: it was not heard of any more. `already_running`: it left the work to the run under way.',
  }),
  trigger: z.looseObject({
    kind: z.enum(['schedule', 'request', 'manual']),
    schedule: z.optional(text),
    keyId: z.optional(z.nullable(text)),
  }),
  options: z.looseObject({}),
  startedAt: instant,
  updatedAt: instant,
  endedAt: z.nullable(instant),
  durationMs: z.int(),
  counts: z
    .catchall(z.looseObject({ processed: z.int(), failed: z.int() }), z.int())
    .register(docs, { description: 'Items done, items that failed, and figures of the job.' }),
  errors: z
    .array(z.looseObject({ message: text, userId: z.optional(text) }))
    .register(docs, { description: 'The first 20.' }),
  resumedFrom: z
    .nullable(text)
    .register(docs, { description: 'The run whose unfinished work this one went on with.' }),
};

const jobRun = z.looseObject(runFields).register(docs, { id: 'JobRun' });

export const startedJob = z
  .looseObject({ ...runFields, runs: text.register(docs, { description: 'Where to look how it goes.' }) })
  .register(docs, { id: 'StartedJob' });

export const jobRuns = z
  .looseObject({
    job: z.enum(JOBS),
    runs: z.array(jobRun),
    nextCursor: z
      .nullable(text)
      .register(docs, { description: 'The `cursor` of the next page; `null`: there is none.' }),
  })
  .register(docs, { id: 'JobRuns' });
