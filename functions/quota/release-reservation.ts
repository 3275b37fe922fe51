import { settleReservation } from '../../shared/usecases/quota/settle-reservation.ts';
import { releaseReservationRequest } from '../http/requests/reservation-requests.ts';
import { replyToSettlement } from '../http/responses/reservation-reply.ts';
import { httpRoute } from '../http/route.ts';
import { quotaDeps } from '../runtime/composition/core.ts';

/** Releases a reservation unused. */
export const route = httpRoute('releaseReservation', releaseReservationRequest, async ({ path, body }) => {
  const deps = quotaDeps();
  const request = { ...path, ...body, amount: null };
  return replyToSettlement(await settleReservation(deps, request), request, deps.now());
});
