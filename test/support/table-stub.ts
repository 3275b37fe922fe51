import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

export interface TableStub {
  readonly endpoint: string;
  /** Requests that reached it. */
  readonly count: () => number;
  stop(): Promise<void>;
}

/**
 * Stands where the table would be and behaves as told; by default it fails every request. It cannot decide anything:
 * it shows whether the table was asked at all, or how its outages are taken.
 */
export async function startTableStub(
  behave: (request: IncomingMessage, response: ServerResponse) => void = (_, response) => {
    response.writeHead(500).end();
  },
): Promise<TableStub> {
  let count = 0;
  const server = createServer((request, response) => {
    count += 1;
    behave(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the stub has no port');
  return {
    endpoint: `http://127.0.0.1:${address.port}`,
    count: () => count,
    stop: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
