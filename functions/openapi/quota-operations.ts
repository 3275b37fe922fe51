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
import { ANSWERS, REQUESTS } from './examples.ts';
import { CHANGE_PROBLEMS, type OperationDoc } from './operation-doc.ts';
import * as results from './result-schemas.ts';

const USE_PROBLEMS = ['exceeded', 'unknown_feature', 'suspended'] as const;

export const QUOTA_OPERATIONS = {
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
        schema: results.decisionResult,
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
    subject: 'several',
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
    subject: 'account',
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
} as const satisfies Record<string, OperationDoc>;
