import type { OperationName } from '../../shared/contract.ts';
import {
  getPlanRequest,
  getPlanVersionRequest,
  listPlansRequest,
  listPlanVersionsRequest,
  putPlanRequest,
  restorePlanVersionRequest,
} from '../http/requests/plan-requests.ts';
import { ANSWERS, REQUESTS } from './examples.ts';
import { planTagHeader } from './headers.ts';
import type { Answer, OperationDoc } from './operation-doc.ts';
import * as results from './plan-schemas.ts';

const edited: Answer = {
  status: 200,
  says: 'The new version, or the newest one where it has this content already.',
  schema: results.plan,
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
        schema: results.planList,
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
        schema: results.currentPlan,
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
    example: REQUESTS.plan,
    answers: [
      edited,
      {
        status: 201,
        says: 'The plan was created.',
        schema: results.plan,
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
        schema: results.planVersions,
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
        schema: results.plan,
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
