import { reserve } from '../../shared/usecases/reserve.ts';
import { replyToReservation } from '../replies/reservation-reply.ts';
import { quotaDeps } from '../runtime/composition.ts';
import { httpHandler } from '../runtime/http-handler.ts';
import { contextOf } from '../schemas/context.ts';
import { createReservationRequest } from '../schemas/reservation-requests.ts';

/** Sets units aside: 201, 200 when it was done before, or 429. */
export const handler = httpHandler(
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
