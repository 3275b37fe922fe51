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
import type { OperationDoc, ResponseDoc } from './operation-doc.ts';
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
        interval: oneOf(INTERVALS, 'Length of a period; `never`: a gauge.'),
        enforced: flag('`false`: usage is counted but never denied.'),
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
      integer('Trial days before the first payment, for users without an earlier trial; absent: no trial.'),
    ),
    createdAt: instant('When this version was created.'),
  }) satisfies Record<keyof Plan, unknown>;

const plan = component('Plan', planFields());

const currentPlan = component('CurrentPlan', {
  ...planFields(),
  asOf: instant('When the plan was read from the table.'),
  cached: cached(),
});

const planList = component('PlanList', {
  plans: list(plan, 'A page of plans, each in its newest version, ordered by id.'),
  nextCursor: nextCursor(),
});

const planVersions = component('PlanVersions', {
  planId: text('The plan.'),
  versions: list(plan, 'A page of its versions, newest first.'),
  nextCursor: nextCursor(),
});

const prices = { monthly: 'price_1SYpro0000000000monthly', yearly: 'price_1SYpro00000000000yearly' };
const pro: Plan = { id: 'pro', version: 1, createdAt: CREATED_AT, ...content('pro'), prices };

const EXAMPLES = {
  plan: planView(pro),
  currentPlan: planReadingView({ plan: pro, asOf: NOW, cached: false }),
  planVersions: planVersionsView('pro', { items: [pro], next: undefined }),
  plans: planListView({ items: [free, pro], next: undefined }),
} as const;

const edited: ResponseDoc = {
  status: 200,
  description: 'The new version, or the newest one if it already has this content.',
  schema: plan,
  examples: { plan: EXAMPLES.plan },
  headers: planTagHeader,
};

/** The routes about plans. */
export const PLAN_OPERATIONS = {
  listPlans: {
    tag: 'Plans',
    summary: 'List the plans, each in its newest version, ordered by id',
    request: listPlansRequest,
    responses: [
      {
        status: 200,
        description: 'A page, which may be shorter than `limit`. The last page has `nextCursor: null`.',
        schema: planList,
        examples: { plans: EXAMPLES.plans },
      },
    ],
  },
  getPlan: {
    tag: 'Plans',
    summary: "Get a plan's newest version",
    request: getPlanRequest,
    responses: [
      {
        status: 200,
        description: 'The plan.',
        schema: currentPlan,
        examples: { plan: EXAMPLES.currentPlan },
        headers: planTagHeader,
      },
    ],
    problems: ['unknown_plan'],
  },
  putPlan: {
    tag: 'Plans',
    summary:
      'Create or edit a plan. Additions and increases apply to users within a second; reductions and removals at their next rollover or by the job `plan-rollout`',
    request: putPlanRequest,
    example: { ...content('pro'), prices, thresholds: { warning: 75, critical: 90 }, trialDays: 14 },
    responses: [
      edited,
      {
        status: 201,
        description: 'The plan was created.',
        schema: plan,
        examples: { plan: EXAMPLES.plan },
        headers: planTagHeader,
      },
    ],
  },
  listPlanVersions: {
    tag: 'Plans',
    summary: 'List every version of a plan, newest first',
    request: listPlanVersionsRequest,
    responses: [
      {
        status: 200,
        description: 'A page. The last page has `nextCursor: null`.',
        schema: planVersions,
        examples: { versions: EXAMPLES.planVersions },
      },
    ],
    problems: ['unknown_plan'],
  },
  getPlanVersion: {
    tag: 'Plans',
    summary: 'Get one version of a plan; versions are immutable',
    request: getPlanVersionRequest,
    responses: [
      {
        status: 200,
        description: 'The version.',
        schema: plan,
        examples: { plan: EXAMPLES.plan },
        headers: planTagHeader,
      },
    ],
    problems: ['unknown_plan_version'],
  },
  restorePlanVersion: {
    tag: 'Plans',
    summary:
      'Restore the content of an earlier version as the next version; what that version lacks (prices, thresholds, trialDays) is removed, as by an edit. A price that another plan now has is rejected',
    request: restorePlanVersionRequest,
    responses: [edited],
    problems: ['unknown_plan_version', 'price_taken'],
  },
} as const satisfies Partial<Record<OperationName, OperationDoc>>;
