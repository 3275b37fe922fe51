import { settleReservation } from '../../shared/usecases/settle-reservation.ts';
import { replyToSettlement } from '../replies/reservation-reply.ts';
import { quotaDeps } from '../runtime/composition.ts';
import { httpHandler } from '../runtime/http-handler.ts';
import { confirmReservationRequest } from '../schemas/reservation-requests.ts';

/** Ends a reservation with the amount that was really used. */
export const handler = httpHandler(
  'confirmReservation',
  confirmReservationRequest,
  async ({ path, body }) => {
    const deps = quotaDeps();
    const request = { ...path, ...body };
    return replyToSettlement(await settleReservation(deps, request), request, deps.now());
  },
);
