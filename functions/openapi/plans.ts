import * as z from 'zod/mini';
import type { OperationName } from '../../shared/contract.ts';
import { INTERVALS } from '../../shared/domain/account.ts';
import type { Allowance, Plan } from '../../shared/domain/plan.ts';
import { described } from '../http/requests/fields.ts';
import {
  getPlanRequest,
  getPlanVersionRequest,
  listPlansRequest,
  listPlanVersionsRequest,
  putPlanRequest,
  restorePlanVersionRequest,
} from '../http/requests/plan-requests.ts';
import { planListView, planReadingView, planVersionsView, planView } from '../http/responses/plan-view.ts';
import { cached } from './account-schemas.ts';
import { planTagHeader } from './headers.ts';
import type { Answer, OperationDoc } from './operation-doc.ts';
import { CREATED_AT, content, free, NOW } from './sample-account.ts';
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

const plan = component('Plan', planFields());

const currentPlan = component('CurrentPlan', {
  ...planFields(),
  asOf: instant('When the plan was read from the store.'),
  cached: cached(),
});

const planList = component('PlanList', {
  plans: list(plan, 'A page of plans, each in its newest version, ordered by id.'),
  nextCursor: nextCursor(),
});

const planVersions = component('PlanVersions', {
  planId: text('The plan.'),
  versions: list(plan, 'A page of its versions, the newest first.'),
  nextCursor: nextCursor(),
});

const prices = { monthly: 'price_1SYpro0000000000monthly', yearly: 'price_1SYpro00000000000yearly' };
const pro: Plan = { id: 'pro', version: 1, createdAt: CREATED_AT, ...content('pro'), prices };

const ANSWERS = {
  plan: planView(pro),
  currentPlan: planReadingView({ plan: pro, asOf: NOW, cached: false }),
  planVersions: planVersionsView('pro', { items: [pro], next: undefined }),
  plans: planListView({ items: [free, pro], next: undefined }),
} as const;

const edited: Answer = {
  status: 200,
  says: 'The new version, or the newest one where it has this content already.',
  schema: plan,
  examples: { plan: ANSWERS.plan },
  headers: planTagHeader,
};

/** The routes about plans. */
export const PLAN_OPERATIONS = {
  listPlans: {
    tag: 'Plans',
    summary: 'The plans, each in its newest version, ordered by id',
    request: listPlansRequest,
    answers: [
      {
        status: 200,
        says: 'A page, which may be shorter than `limit`. The last one has `nextCursor: null`.',
        schema: planList,
        examples: { plans: ANSWERS.plans },
      },
    ],
  },
  getPlan: {
    tag: 'Plans',
    summary: "A plan's newest version",
    request: getPlanRequest,
    answers: [
      {
        status: 200,
        says: 'The plan.',
        schema: currentPlan,
        examples: { plan: ANSWERS.currentPlan },
        headers: planTagHeader,
      },
    ],
    problems: ['unknown_plan'],
  },
  putPlan: {
    tag: 'Plans',
    summary:
      'Create or edit a plan. What an edit adds or raises reaches users within a second; what it lowers or removes, at their next rollover or by the job `plan-rollout`',
    request: putPlanRequest,
    example: { ...content('pro'), prices, thresholds: { warning: 75, critical: 90 }, trialDays: 14 },
    answers: [
      edited,
      {
        status: 201,
        says: 'The plan was created.',
        schema: plan,
        examples: { plan: ANSWERS.plan },
        headers: planTagHeader,
      },
    ],
  },
  listPlanVersions: {
    tag: 'Plans',
    summary: 'Every version of a plan, the newest first',
    request: listPlanVersionsRequest,
    answers: [
      {
        status: 200,
        says: 'A page. The last one has `nextCursor: null`.',
        schema: planVersions,
        examples: { versions: ANSWERS.planVersions },
      },
    ],
    problems: ['unknown_plan'],
  },
  getPlanVersion: {
    tag: 'Plans',
    summary: 'One version of a plan; versions never change',
    request: getPlanVersionRequest,
    answers: [
      {
        status: 200,
        says: 'The version.',
        schema: plan,
        examples: { plan: ANSWERS.plan },
        headers: planTagHeader,
      },
    ],
    problems: ['unknown_plan_version'],
  },
  restorePlanVersion: {
    tag: 'Plans',
    summary:
      'Give a plan the content of an earlier version, as its next version; what that version lacks (prices, thresholds, trialDays) is removed, as by an edit. A price that another plan names by now is refused',
    request: restorePlanVersionRequest,
    answers: [edited],
    problems: ['unknown_plan_version', 'price_taken'],
  },
} as const satisfies Partial<Record<OperationName, OperationDoc>>;
