import { reserve } from '../../shared/usecases/quota/reserve.ts';
import { contextOf } from '../http/requests/context.ts';
import { createReservationRequest } from '../http/requests/reservation-requests.ts';
import { replyToReservation } from '../http/responses/reservation-reply.ts';
import { httpRoute } from '../http/route.ts';
import { quotaDeps } from '../runtime/composition/core.ts';

/** Reserves units: 201, 200 for a replay, or 429. */
export const route = httpRoute(
  'createReservation',
  createReservationRequest,
  async ({ body, idempotencyKey }) => {
    const { userId, type, amount, ttlSeconds } = body;
    const amounts = new Map([[type, amount]]);
    const deps = quotaDeps();
    const result = await reserve(deps, {
      userId,
      amounts,
      ttlSeconds,
      idempotencyKey,
      context: contextOf(body),
    });
    return replyToReservation(result, { userId, amounts, about: 'one', isCounted: true }, deps.now());
  },
);
