import * as z from 'zod/mini';
import type { JobName } from '../../../shared/contract.ts';
import type { RequestShape } from '../request-shape.ts';
import { date, described, feature, inputError, planId, userId } from './fields.ts';
import { pageQuery } from './page.ts';

const MAX_TYPES = 20;

const fields = {
  userId: described(z.optional(userId), { description: 'Only this user; by default all.' }),
  types: z.optional(
    described(z.array(feature).check(z.minLength(1), z.maxLength(MAX_TYPES)), {
      description: '`quota-reset`: only these features.',
      examples: [['aiRequest']],
    }),
  ),
  date: described(z.optional(date), {
    description: "`usage-report`: the day, in the deployment's time zone for reports; yesterday by default.",
    examples: ['2026-11-22'],
  }),
  planId: z.optional(
    described(planId, { description: '`plan-rollout`: the plan; required.', examples: ['pro'] }),
  ),
  dryRun: z.optional(
    described(z.boolean(), {
      description:
        '`plan-rollout`: only count the accounts that would change, and those that would then exceed a limit.',
    }),
  ),
  force: z.optional(
    described(z.boolean(), {
      description:
        '`quota-reset`: set usage to 0 before the period ends (requires `userId`). `subscription-sync`: sync all subscriptions now.',
    }),
  ),
};

/** The options of each job. The runs of the schedules fit them, too. */
export const JOB_OPTIONS = {
  'quota-reset': z
    .strictObject({ userId: fields.userId, types: fields.types, force: fields.force })
    .check(({ value, issues }) => {
      if (!value.force || value.userId !== undefined) return;
      const message =
        'is required with force: the usage of all users is never set to 0 at once; periods that ended are closed without force';
      issues.push(inputError('missing', message, ['userId'], undefined));
    }),
  'subscription-sync': z.strictObject({ userId: fields.userId, force: fields.force }),
  'quota-monitor': z.strictObject({ userId: fields.userId }),
  'usage-report': z.strictObject({ date: fields.date }),
  'plan-rollout': z.strictObject({ planId, dryRun: fields.dryRun }),
  'ledger-audit': z.strictObject({ userId: fields.userId }),
  'history-archive': z.strictObject({}),
} as const satisfies Record<JobName, z.ZodMiniType>;

export type JobOptionsOf<J extends JobName> = z.infer<(typeof JOB_OPTIONS)[J]>;

const path = z.strictObject({
  name: described(z.string(), { description: 'The name of the job.', examples: ['quota-reset'] }),
});

/** The options of all jobs; those of the named job are validated later. */
export const runJobRequest = {
  path,
  body: described(z.strictObject(fields), { id: 'JobRequest' }),
} as const satisfies RequestShape;

export const listJobRunsRequest = { path, query: pageQuery } as const satisfies RequestShape;

const jobEvent = z.object({
  schedule: z.optional(z.string()),
  runId: z.optional(z.string()),
  requestedBy: z.optional(z.nullable(z.string())),
  options: z._default(z.unknown(), {}),
});

export type JobEvent = z.infer<typeof jobEvent>;

/**
 * Parses the event of a job's function: from its schedule, a request, or an operator (`{"options": {…}}` or
 * nothing).
 */
export function readJobEvent(event: unknown): JobEvent {
  return jobEvent.parse(event ?? {});
}
