import { settleReservation } from '../../shared/usecases/quota/settle-reservation.ts';
import { confirmReservationRequest } from '../http/requests/reservation-requests.ts';
import { replyToSettlement } from '../http/responses/reservation-reply.ts';
import { httpRoute } from '../http/route.ts';
import { quotaDeps } from '../runtime/composition/core.ts';

/** Confirms a reservation with the amount that was used. */
export const route = httpRoute('confirmReservation', confirmReservationRequest, async ({ path, body }) => {
  const deps = quotaDeps();
  const request = { ...path, ...body };
  return replyToSettlement(await settleReservation(deps, request), request, deps.now());
});
