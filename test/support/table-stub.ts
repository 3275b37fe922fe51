import type { IncomingMessage, ServerResponse } from 'node:http';
import { serveLocally } from './local-server.ts';

export interface TableStub {
  readonly endpoint: string;
  /** Requests that reached it. */
  readonly count: () => number;
  stop(): Promise<void>;
}

/**
 * A stub of the table with a given behaviour; by default it fails every request. It cannot evaluate
 * conditions: it shows whether the table was called at all, or how its outages are handled.
 */
export async function startTableStub(
  behave: (request: IncomingMessage, response: ServerResponse) => void = (_, response) => {
    response.writeHead(500).end();
  },
): Promise<TableStub> {
  let count = 0;
  const { url, stop } = await serveLocally((request, response) => {
    count += 1;
    behave(request, response);
  });
  return { endpoint: url, count: () => count, stop };
}
