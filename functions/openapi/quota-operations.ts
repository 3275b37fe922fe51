import {
  batchRequest,
  checkRequest,
  consumeRequest,
  grantRequest,
  releaseRequest,
  resetRequest,
} from '../http/requests/quota-requests.ts';
import {
  confirmReservationRequest,
  createReservationRequest,
  releaseReservationRequest,
} from '../http/requests/reservation-requests.ts';
import { ANSWERS, REQUESTS } from './examples.ts';
import { CHANGE_PROBLEMS, type OperationDoc } from './operation-doc.ts';
import * as results from './result-schemas.ts';

const USE_PROBLEMS = ['exceeded', 'unknown_feature', 'suspended'] as const;

export const QUOTA_OPERATIONS = {
  checkQuota: {
    tag: 'Quota',
    summary: 'Check whether units could be consumed now; writes nothing and guarantees nothing',
    request: checkRequest,
    example: REQUESTS.check,
    answers: [
      {
        status: 200,
        says: '`allowed` has the decision; a denial is 200, too.',
        schema: results.checkResult,
        examples: { allowed: ANSWERS.check, exceeded: { ...ANSWERS.denied, cached: false } },
        isMetered: true,
      },
    ],
  },
  consumeQuota: {
    tag: 'Quota',
    summary: 'Consume units; 429 if the quota is exceeded',
    request: consumeRequest,
    example: REQUESTS.use,
    answers: [
      {
        status: 200,
        says: 'Consumed.',
        schema: results.quotaResult,
        examples: { allowed: ANSWERS.result },
        isMetered: true,
      },
    ],
    problems: USE_PROBLEMS,
  },
  checkAndConsumeQuota: {
    tag: 'Quota',
    summary: 'Consume units if they fit; always 200, with the decision in `allowed`',
    request: consumeRequest,
    example: REQUESTS.use,
    answers: [
      {
        status: 200,
        says: 'Consumed, or denied with `allowed: false` and the reason as `code`.',
        schema: results.decisionResult,
        examples: { allowed: ANSWERS.result, exceeded: ANSWERS.denied },
        isMetered: true,
      },
    ],
  },
  batchConsumeQuota: {
    tag: 'Quota',
    summary: 'Consume units of several features: all of them or none',
    request: batchRequest,
    example: REQUESTS.batch,
    subject: 'several',
    answers: [
      {
        status: 200,
        says: 'Consumed.',
        schema: results.batchResult,
        examples: { allowed: ANSWERS.batch },
        isMetered: true,
      },
    ],
    problems: USE_PROBLEMS,
  },
  releaseQuota: {
    tag: 'Quota',
    summary: 'Release units of a gauge, such as the bytes of a deleted file',
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
    summary: 'Reserve units until they are confirmed, released or expired',
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
    summary: 'Confirm a reservation with the amount that was used',
    description:
      'Reports work that was done, such as the tokens that a stream produced, and is never refused for lack of quota: the true ' +
      'amount is booked in full, in the period that the units were reserved in (as late use once that has closed). `remaining` may ' +
      'fall below 0; then further calls are denied until the next period, a grant or an upgrade. `overdrawn` says by how many ' +
      'units the limit was passed, and the ledger entry says it per counter. It works until 24 hours after `expiresAt`, although the ' +
      'reserved units go back at `expiresAt`. Only the first settlement counts: after a confirmation with another amount this is 409 ' +
      '`reservation_settled`, after a release 409 `reservation_released`. 503 `account_busy`: the ledger has not reached the ' +
      'reservation yet; send the same request again after `Retry-After`.',
    request: confirmReservationRequest,
    example: REQUESTS.confirm,
    answers: [
      {
        status: 200,
        says: 'Confirmed; the same again is `replayed`.',
        schema: results.settlementResult,
        examples: { confirmed: ANSWERS.settlement, overdrawn: ANSWERS.overdrawnSettlement },
        isMetered: true,
      },
    ],
    problems: [
      'reservation_not_found',
      'reservation_released',
      'reservation_settled',
      'reservation_expired',
      ...CHANGE_PROBLEMS,
    ],
  },
  releaseReservation: {
    tag: 'Reservations',
    summary: 'Release a reservation without using anything',
    description:
      'Gives the reserved units back. A reservation that has expired gave them back by itself: releasing it, until 24 hours after ' +
      '`expiresAt`, is a 200 that changes no figure and rules a later confirmation out.',
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
    problems: ['reservation_not_found', 'reservation_settled', 'reservation_expired', ...CHANGE_PROBLEMS],
  },
} as const satisfies Record<string, OperationDoc>;
