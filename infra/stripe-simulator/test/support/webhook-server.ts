import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export interface WebhookServer {
  readonly url: string;
  /** Closes open connections. */
  stop(): Promise<void>;
}

/**
 * A webhook endpoint on a free port.
 *
 * @param receive resolves to the status of the response
 */
export async function startWebhookServer(
  receive: (body: string, headers: IncomingHttpHeaders) => number | Promise<number>,
): Promise<WebhookServer> {
  const server = createServer(async (request, response) => {
    const status = await receive(await text(request), request.headers);
    response.writeHead(status).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo; // it listens on TCP
  const stop = async () => {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    server.closeAllConnections();
    await closed;
  };
  return { url: `http://127.0.0.1:${port}/webhook`, stop };
}
