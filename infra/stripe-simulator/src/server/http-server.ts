import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { ApiRequest, ApiResponse } from '../calls/http.ts';

const MAX_BODY_BYTES = 1_000_000;

export type RequestFilter = (request: {
  /** Path and query. */
  readonly target: string;
  readonly headers: IncomingHttpHeaders;
}) => boolean;

export interface ServerHandlers {
  /** Closes the connection where it resolves to undefined. */
  serve(request: ApiRequest): Promise<ApiResponse | undefined>;
  /** Which requests are served; others get 403. */
  readonly accepts: RequestFilter | undefined;
}

/** Serves HTTP on 127.0.0.1. */
export async function listen(
  port: number,
  handlers: ServerHandlers,
): Promise<{ port: number; close(): Promise<void> }> {
  const server = createServer((request, response) => {
    respond(request, response, handlers).catch(() => response.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const address = server.address();
  const actual = typeof address === 'object' && address ? address.port : port;
  return { port: actual, close: () => close(server) };
}

async function respond(
  request: IncomingMessage,
  response: ServerResponse,
  { serve, accepts = () => true }: ServerHandlers,
): Promise<void> {
  const body = await readBody(request);
  const target = request.url ?? '/';
  if (!accepts({ target, headers: request.headers })) {
    response.writeHead(403, { 'content-type': 'application/json' }).end('{"message":"Forbidden"}');
    return;
  }
  if (body === undefined) {
    response.writeHead(413).end();
    return;
  }
  const headers = Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [name, Array.isArray(value) ? value[0] : value]),
  );
  const served = await serve({
    method: request.method ?? 'GET',
    target,
    headers,
    body,
  });
  if (!served) {
    response.destroy();
    return;
  }
  response.writeHead(served.status, served.headers);
  response.end(served.body);
}

/** Returns undefined if the body is too large. */
async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size <= MAX_BODY_BYTES) chunks.push(chunk);
  }
  return size <= MAX_BODY_BYTES ? Buffer.concat(chunks).toString() : undefined;
}

async function close(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeAllConnections();
  await closed;
}
