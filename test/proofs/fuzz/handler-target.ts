import type { HttpResponse } from '../../../functions/http/response.ts';
import { groupEntry } from '../../../shared/contract.ts';
import { lambdaContext, loadHandler } from '../../support/api.ts';
import type { SeededApi } from '../../support/seed-api.ts';
import type { Decoded } from './expectation.ts';
import type { FuzzRequest } from './fuzz-request.ts';
import type { FuzzTarget } from './fuzz-target.ts';
import { decodedEvent, eventOf } from './handler-event.ts';
import { LiveReservations } from './live-reservations.ts';
import type { FuzzRoute } from './routes.ts';
import { tableDigest } from './table-digest.ts';

/** The handlers in this process, with the events of API Gateway. */
export class HandlerTarget implements FuzzTarget {
  readonly name = 'handlers';
  readonly writes: () => number;
  readonly #api: SeededApi;
  readonly #reservations = new LiveReservations();

  /** @param writes the number of writes so far */
  constructor(api: SeededApi, writes: () => number) {
    this.#api = api;
    this.writes = writes;
  }

  decode(route: FuzzRoute, request: FuzzRequest): Decoded {
    return decodedEvent(eventOf(route, request));
  }

  async send(route: FuzzRoute, request: FuzzRequest) {
    const entry = groupEntry(route.route.group);
    const handler = await loadHandler(entry);
    const event = eventOf(route, this.#reservations.putInto(request));
    // Every HTTP handler returns one.
    const { statusCode, headers, body } = (await handler(event, lambdaContext(entry))) as HttpResponse;
    this.#reservations.learnFrom(request, body);
    // Lines of a million requests would not fit.
    this.#api.log.lines.length = 0;
    const names = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]);
    return { status: statusCode, headers: Object.fromEntries(names), body };
  }

  digest(): Promise<string> {
    return tableDigest(this.#api.table.documentClient, this.#api.table.tableName);
  }

  stop(): Promise<void> {
    return this.#api.stop();
  }
}
