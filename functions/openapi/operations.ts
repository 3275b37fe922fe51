import type { OperationName } from '../../shared/contract.ts';
import type { ProblemCode } from '../runtime/problems.ts';
import type { RequestShape } from '../runtime/request-shape.ts';
import { createApiKeyRequest, revokeApiKeyRequest } from '../schemas/api-key-requests.ts';
import { getPlanRequest, putPlanRequest } from '../schemas/plan-requests.ts';
import {
  batchRequest,
  checkRequest,
  consumeRequest,
  grantRequest,
  releaseRequest,
  resetRequest,
} from '../schemas/quota-requests.ts';
import {
  confirmReservationRequest,
  createReservationRequest,
  releaseReservationRequest,
} from '../schemas/reservation-requests.ts';
import { getUserQuotaRequest, getUserUsageRequest, setUserPlanRequest } from '../schemas/user-requests.ts';
import { ANSWERS, REQUESTS } from './examples.ts';
import * as results from './result-schemas.ts';

export interface Answer {
  readonly status: 200 | 201 | 204;
  readonly says: string;
  readonly schema?: (typeof results)[keyof typeof results];
  readonly examples?: Readonly<Record<string, object>>;
  /** Whether it has the RateLimit headers. */
  readonly isMetered?: boolean;
}

/** A route as the document tells it. Problems that every route of its kind has are added by the document. */
export interface OperationDoc {
  readonly tag: 'Quota' | 'Reservations' | 'Users' | 'Plans' | 'Administration' | 'Service';
  readonly summary: string;
  readonly request: RequestShape;
  readonly example?: object;
  readonly answers: readonly Answer[];
  readonly problems?: readonly ProblemCode[];
}

const USE_PROBLEMS = ['exceeded', 'unknown_feature', 'suspended'] as const;
const CHANGE_PROBLEMS = ['outcome_unknown', 'account_busy'] as const;

export const OPERATIONS: Readonly<Record<OperationName, OperationDoc>> = {
  checkQuota: {
    tag: 'Quota',
    summary: 'Say whether units could be used now; writes and promises nothing',
    request: checkRequest,
    example: REQUESTS.check,
    answers: [
      {
        status: 200,
        says: '`allowed` tells; denials are 200 too.',
        schema: results.checkResult,
        examples: { allowed: ANSWERS.check, exceeded: { ...ANSWERS.denied, cached: false } },
        isMetered: true,
      },
    ],
  },
  consumeQuota: {
    tag: 'Quota',
    summary: 'Use units, or be told 429',
    request: consumeRequest,
    example: REQUESTS.use,
    answers: [
      {
        status: 200,
        says: 'Used.',
        schema: results.quotaResult,
        examples: { allowed: ANSWERS.result },
        isMetered: true,
      },
    ],
    problems: USE_PROBLEMS,
  },
  checkAndConsumeQuota: {
    tag: 'Quota',
    summary: 'Use units if they fit; `allowed` tells whether they did',
    request: consumeRequest,
    example: REQUESTS.use,
    answers: [
      {
        status: 200,
        says: 'Used, or denied with `allowed: false` and the reason as `code`.',
        schema: results.quotaResult,
        examples: { allowed: ANSWERS.result, exceeded: ANSWERS.denied },
        isMetered: true,
      },
    ],
  },
  batchConsumeQuota: {
    tag: 'Quota',
    summary: 'Use units of several features: all of them or none',
    request: batchRequest,
    example: REQUESTS.batch,
    answers: [
      {
        status: 200,
        says: 'Used.',
        schema: results.batchResult,
        examples: { allowed: ANSWERS.batch },
        isMetered: true,
      },
    ],
    problems: USE_PROBLEMS,
  },
  releaseQuota: {
    tag: 'Quota',
    summary: 'Give back units of a gauge, such as bytes of a deleted file',
    request: releaseRequest,
    example: REQUESTS.releaseGauge,
    answers: [
      {
        status: 200,
        says: 'Released.',
        schema: results.quotaResult,
        examples: { released: ANSWERS.gauge },
        isMetered: true,
      },
    ],
    problems: ['unknown_feature', 'not_a_gauge', 'release_exceeds_usage'],
  },
  resetQuota: {
    tag: 'Administration',
    summary: "Set a user's usage to 0 in the current periods",
    request: resetRequest,
    example: REQUESTS.reset,
    answers: [
      {
        status: 200,
        says: 'Reset.',
        schema: results.accountChange,
        examples: { reset: ANSWERS.accountChange },
      },
    ],
    problems: ['unknown_feature'],
  },
  grantQuota: {
    tag: 'Administration',
    summary: 'Give a user more units until the current period ends',
    request: grantRequest,
    example: REQUESTS.grant,
    answers: [
      {
        status: 200,
        says: 'Granted.',
        schema: results.quotaResult,
        examples: { granted: ANSWERS.granted },
        isMetered: true,
      },
    ],
    problems: ['unknown_feature', 'limit_too_large'],
  },
  createReservation: {
    tag: 'Reservations',
    summary: 'Set units aside until they are confirmed, released or expire',
    request: createReservationRequest,
    example: REQUESTS.reserve,
    answers: [
      {
        status: 201,
        says: 'Reserved.',
        schema: results.reservationResult,
        examples: { reserved: ANSWERS.reservation },
        isMetered: true,
      },
      {
        status: 200,
        says: 'Reserved before, under the same Idempotency-Key.',
        schema: results.reservationResult,
        examples: { replayed: { ...ANSWERS.reservation, replayed: true } },
        isMetered: true,
      },
    ],
    problems: [...USE_PROBLEMS, 'too_many_reservations'],
  },
  confirmReservation: {
    tag: 'Reservations',
    summary: 'End a reservation with the amount that was really used',
    request: confirmReservationRequest,
    example: REQUESTS.confirm,
    answers: [
      {
        status: 200,
        says: 'Confirmed; the same again is `replayed`, a late repetition without a balance.',
        schema: results.settlementResult,
        examples: { confirmed: ANSWERS.settlement },
        isMetered: true,
      },
    ],
    problems: ['exceeded', 'reservation_not_found', 'reservation_settled', ...CHANGE_PROBLEMS],
  },
  releaseReservation: {
    tag: 'Reservations',
    summary: 'End a reservation without using anything',
    request: releaseReservationRequest,
    example: REQUESTS.release,
    answers: [
      {
        status: 200,
        says: 'Released; the same again is `replayed`.',
        schema: results.settlementResult,
        examples: { released: { ...ANSWERS.settlement, amount: 0 } },
        isMetered: true,
      },
    ],
    problems: ['reservation_not_found', 'reservation_settled', ...CHANGE_PROBLEMS],
  },
  getUserQuota: {
    tag: 'Users',
    summary: "All of a user's counters; a user nobody has seen stands as on the default plan, at version 0",
    request: getUserQuotaRequest,
    answers: [
      {
        status: 200,
        says: 'The account.',
        schema: results.accountState,
        examples: { account: ANSWERS.account },
      },
    ],
  },
  getUserUsage: {
    tag: 'Users',
    summary: 'What a user used day by day (at most 92 days; by default the last 30), and the counters',
    request: getUserUsageRequest,
    answers: [
      {
        status: 200,
        says: 'The report. Days without use are absent; days lag the counters by seconds.',
        schema: results.usageReport,
        examples: { report: ANSWERS.usage },
      },
    ],
  },
  setUserPlan: {
    tag: 'Administration',
    summary: 'Put a user on a plan now: limits move by their difference, usage stays',
    request: setUserPlanRequest,
    example: REQUESTS.userPlan,
    answers: [
      {
        status: 200,
        says: 'Changed.',
        schema: results.accountChange,
        examples: { changed: ANSWERS.accountChange },
      },
    ],
    problems: ['unknown_plan'],
  },
  listPlans: {
    tag: 'Plans',
    summary: 'The newest version of every plan',
    request: {},
    answers: [
      { status: 200, says: 'The plans.', schema: results.planList, examples: { plans: ANSWERS.plans } },
    ],
  },
  getPlan: {
    tag: 'Plans',
    summary: "A plan's newest version",
    request: getPlanRequest,
    answers: [{ status: 200, says: 'The plan.', schema: results.plan, examples: { plan: ANSWERS.plan } }],
    problems: ['unknown_plan'],
  },
  putPlan: {
    tag: 'Plans',
    summary: 'Create or edit a plan; accounts take an edit up at their next rollover',
    request: putPlanRequest,
    example: REQUESTS.plan,
    answers: [
      {
        status: 200,
        says: 'The new version, or the old one where nothing differs.',
        schema: results.plan,
        examples: { plan: ANSWERS.plan },
      },
      {
        status: 201,
        says: 'A plan there was not before.',
        schema: results.plan,
        examples: { plan: ANSWERS.plan },
      },
    ],
  },
  createApiKey: {
    tag: 'Administration',
    summary: 'Make an API key; it is shown this once',
    request: createApiKeyRequest,
    example: REQUESTS.key,
    answers: [{ status: 201, says: 'Made.', schema: results.newKey, examples: { key: ANSWERS.newKey } }],
  },
  revokeApiKey: {
    tag: 'Administration',
    summary: 'End an API key for good; it may still be taken for up to a minute',
    request: revokeApiKeyRequest,
    answers: [{ status: 204, says: 'Revoked, now or before.' }],
    problems: ['unknown_api_key'],
  },
  getHealth: {
    tag: 'Service',
    summary: 'Whether the service can answer',
    request: {},
    answers: [{ status: 200, says: 'It can.', schema: results.health, examples: { ok: ANSWERS.health } }],
  },
  getOpenApi: {
    tag: 'Service',
    summary: 'This document',
    request: {},
    answers: [{ status: 200, says: 'OpenAPI 3.1.' }],
  },
};

/** What every change under an operation id can come to besides. */
export const IDEMPOTENT_PROBLEMS: readonly ProblemCode[] = ['clock_ahead', 'key_reused', ...CHANGE_PROBLEMS];
