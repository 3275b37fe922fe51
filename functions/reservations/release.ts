import { settleReservation } from '../../shared/usecases/settle-reservation.ts';
import { replyToSettlement } from '../replies/reservation-reply.ts';
import { quotaDeps } from '../runtime/composition.ts';
import { httpHandler } from '../runtime/http-handler.ts';
import { releaseReservationRequest } from '../schemas/reservation-requests.ts';

/** Ends a reservation without using anything. */
export const handler = httpHandler(
  'releaseReservation',
  releaseReservationRequest,
  async ({ path, body }) => {
    const deps = quotaDeps();
    const request = { ...path, ...body, amount: null };
    return replyToSettlement(await settleReservation(deps, request), request, deps.now());
  },
);
