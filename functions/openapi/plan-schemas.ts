import * as z from 'zod/mini';
import { INTERVALS } from '../../shared/domain/account.ts';
import type { Allowance, Plan } from '../../shared/domain/plan.ts';
import { described } from '../http/requests/fields.ts';
import { cached } from './quota-schemas.ts';
import {
  component,
  flag,
  instant,
  integer,
  integerOrNull,
  list,
  nextCursor,
  oneOf,
  text,
} from './schema-parts.ts';

const planFields = () =>
  ({
    id: text("The plan's id."),
    version: integer('The version of the plan; every edit makes the next one.'),
    name: text('The name of the plan, for people.'),
    allowances: list(
      z.looseObject({
        feature: text('The feature that is counted.'),
        limit: integerOrNull('Units that each period grants; `null`: unlimited.'),
        interval: oneOf(INTERVALS, 'How long a period lasts; `never`: a gauge.'),
        enforced: flag('`false`: usage is counted and never denied.'),
      } satisfies Record<keyof Allowance, unknown>),
      'The limits that the plan grants.',
    ),
    prices: z.optional(
      described(z.record(z.string(), z.string()), {
        description: 'The ids of the Stripe prices that buy the plan, by name.',
        examples: [{ monthly: 'price_1SYpro0000000000monthly' }],
      }),
    ),
    thresholds: described(
      z.looseObject({
        warning: integer('Percent of a limit at which a warning is raised.'),
        critical: integer('Percent of a limit at which a critical alert is raised.'),
      }),
      { description: 'The percentages of a limit at which alerts are raised.' },
    ),
    trialDays: z.optional(
      integer('Days before the first payment of a user who never had a trial; absent: no trial.'),
    ),
    createdAt: instant('When this version was made.'),
  }) satisfies Record<keyof Plan, unknown>;

export const plan = component('Plan', planFields());

export const currentPlan = component('CurrentPlan', {
  ...planFields(),
  asOf: instant('When the plan was read from the store.'),
  cached: cached(),
});

export const planList = component('PlanList', {
  plans: list(plan, 'A page of plans, each in its newest version, ordered by id.'),
  nextCursor: nextCursor(),
});

export const planVersions = component('PlanVersions', {
  planId: text('The plan.'),
  versions: list(plan, 'A page of its versions, the newest first.'),
  nextCursor: nextCursor(),
});
