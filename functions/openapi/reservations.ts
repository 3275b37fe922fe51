import type { OperationName } from '../../shared/contract.ts';
import { placeHold, settleHold } from '../../shared/domain/hold.ts';
import { quotaResult } from '../../shared/domain/quota-result.ts';
import {
  confirmReservationRequest,
  createReservationRequest,
  releaseReservationRequest,
} from '../http/requests/reservation-requests.ts';
import { accepted, oneFeature } from './account-schemas.ts';
import { CHANGE_PROBLEMS, type OperationDoc, USE_PROBLEMS } from './operation-doc.ts';
import { done, NOW, sample } from './sample-account.ts';
import { component, instantOrNull, integerOrNull, text } from './schema-parts.ts';

const reservationIdField = () => text("The reservation's id.");

const reservationResult = component('ReservationResult', {
  reservationId: reservationIdField(),
  expiresAt: instantOrNull(
    'When the reservation expires; `null` when this is a replay and the reservation is no longer open.',
  ),
  ...accepted(),
  ...oneFeature(),
});

const settlementResult = component('SettlementResult', {
  reservationId: reservationIdField(),
  ...accepted(),
  ...oneFeature(),
  overdrawn: integerOrNull(
    'Units of `amount` that passed the limit: neither reserved nor remaining. Of several counters the largest; 0: no limit was passed. `null` in a replay that comes before the ledger has the settlement.',
  ),
});

const reservationId = 'q3Zk0vXb1T9hYw2L';
const held = placeHold(sample, reservationId, new Map([['aiRequest', 5]]), NOW + 300_000);

/** As it is answered when the reservation is confirmed with an amount. */
function settlement(amount: number) {
  const hold = held.holds.get(reservationId);
  if (!hold) throw new Error('the example is a reservation that is open');
  const { account, overdrawn } = settleHold(held, reservationId, hold, new Map([['aiRequest', amount]]), NOW);
  const verdict = { ...done, operationId: `settle_${reservationId}` };
  return {
    reservationId,
    ...quotaResult(account, 'aiRequest', amount, verdict, NOW),
    overdrawn: overdrawn[0]?.amount ?? 0,
  };
}

const ANSWERS = {
  reservation: {
    reservationId,
    expiresAt: new Date(NOW + 300_000).toISOString(),
    ...quotaResult(held, 'aiRequest', 5, done, NOW),
  },
  settlement: settlement(4),
  overdrawnSettlement: settlement(70),
} as const;

/** Bodies that the schemas accept. */
const REQUESTS = {
  reserve: { userId: 'user-42', type: 'aiRequest', amount: 5, ttlSeconds: 300 },
  confirm: { userId: 'user-42', amount: 4 },
  release: { userId: 'user-42' },
} as const;

/** The routes about reservations. */
export const RESERVATION_OPERATIONS = {
  createReservation: {
    tag: 'Reservations',
    summary: 'Reserve units until they are confirmed, released or expired',
    request: createReservationRequest,
    example: REQUESTS.reserve,
    answers: [
      {
        status: 201,
        says: 'Reserved.',
        schema: reservationResult,
        examples: { reserved: ANSWERS.reservation },
        isMetered: true,
      },
      {
        status: 200,
        says: 'Reserved before, under the same Idempotency-Key.',
        schema: reservationResult,
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
        schema: settlementResult,
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
        schema: settlementResult,
        examples: { released: { ...ANSWERS.settlement, amount: 0 } },
        isMetered: true,
      },
    ],
    problems: ['reservation_not_found', 'reservation_settled', 'reservation_expired', ...CHANGE_PROBLEMS],
  },
} as const satisfies Partial<Record<OperationName, OperationDoc>>;
