import type { OperationName } from '../../shared/contract.ts';
import { placeHold, settleHold } from '../../shared/domain/hold.ts';
import {
  confirmReservationRequest,
  createReservationRequest,
  releaseReservationRequest,
} from '../http/requests/reservation-requests.ts';
import { quotaResult } from '../http/responses/quota-view.ts';
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
    'Units of `amount` beyond the limit: neither reserved nor remaining. The largest of several counters; 0: the limit was not exceeded. `null` in a replay that arrives before the ledger has the settlement.',
  ),
});

const reservationId = 'q3Zk0vXb1T9hYw2L';
const held = placeHold(sample, reservationId, new Map([['aiRequest', 5]]), NOW + 300_000);

/** The response to a confirmation with an amount. */
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

const EXAMPLES = {
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
    responses: [
      {
        status: 201,
        description: 'The units were reserved.',
        schema: reservationResult,
        examples: { reserved: EXAMPLES.reservation },
        isMetered: true,
      },
      {
        status: 200,
        description: 'A replay: an earlier call with the same Idempotency-Key reserved the units.',
        schema: reservationResult,
        examples: { replayed: { ...EXAMPLES.reservation, replayed: true } },
        isMetered: true,
      },
    ],
    problems: [...USE_PROBLEMS, 'too_many_reservations'],
  },
  confirmReservation: {
    tag: 'Reservations',
    summary: 'Confirm a reservation with the amount actually used',
    description:
      'Reports completed work, such as the tokens that a stream produced, and is never denied for lack of quota: the actual ' +
      'amount is booked in full, in the period of the reservation (as late use once that period has closed). `remaining` may ' +
      'become negative; further calls are then denied until the next period, a grant or an upgrade. `overdrawn` is the number of ' +
      'units beyond the limit; the ledger entry has it per counter. A reservation can be confirmed until 24 hours after `expiresAt`, although the ' +
      'reserved units are returned at `expiresAt`. Only the first settlement counts: after a confirmation with another amount this is 409 ' +
      '`reservation_settled`, after a release 409 `reservation_released`. 503 `account_busy`: the ledger does not have the ' +
      'reservation yet; retry after `Retry-After`.',
    request: confirmReservationRequest,
    example: REQUESTS.confirm,
    responses: [
      {
        status: 200,
        description: 'The reservation was confirmed; a repeated call is `replayed`.',
        schema: settlementResult,
        examples: { confirmed: EXAMPLES.settlement, overdrawn: EXAMPLES.overdrawnSettlement },
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
    summary: 'Release a reservation without consuming units',
    description:
      'Returns the reserved units. An expired reservation has already returned them: releasing it, until 24 hours after ' +
      '`expiresAt`, is 200, changes no figure and prevents a later confirmation.',
    request: releaseReservationRequest,
    example: REQUESTS.release,
    responses: [
      {
        status: 200,
        description: 'The reservation was released; a repeated call is `replayed`.',
        schema: settlementResult,
        examples: { released: { ...EXAMPLES.settlement, amount: 0 } },
        isMetered: true,
      },
    ],
    problems: ['reservation_not_found', 'reservation_settled', 'reservation_expired', ...CHANGE_PROBLEMS],
  },
} as const satisfies Partial<Record<OperationName, OperationDoc>>;
