import type { FuzzRequest } from './fuzz-request.ts';
import { LIVE_RESERVATION } from './valid-values.ts';

/** The last reservation of each user, so that some requests settle an existing one. */
export class LiveReservations {
  readonly #lastOf = new Map<string, string>();

  putInto(request: FuzzRequest): FuzzRequest {
    if (request.path.reservationId !== LIVE_RESERVATION) return request;
    const reservationId = this.#lastOf.get(userIn(request) ?? '') ?? LIVE_RESERVATION;
    return { ...request, path: { ...request.path, reservationId } };
  }

  learnFrom(request: FuzzRequest, answer: string): void {
    const [, reservationId] = /"reservationId":"([\w-]+)"/.exec(answer) ?? [];
    const userId = userIn(request);
    if (reservationId !== undefined && userId !== undefined) this.#lastOf.set(userId, reservationId);
  }
}

function userIn({ body }: FuzzRequest): string | undefined {
  return /"userId":"([^"]+)"/.exec(body?.toString() ?? '')?.[1];
}
