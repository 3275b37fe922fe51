import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { isLocalProgram, isLocalProgramOrOwnPage } from '../../local/host/local-caller.ts';
import type { ApiAnswer, ApiRequest } from './api.ts';

const MAX_BODY_BYTES = 1_000_000;

/** Serves on 127.0.0.1. Answers that are undefined cut the connection. */
export async function listen(
  port: number,
  serve: (request: ApiRequest) => Promise<ApiAnswer | undefined>,
): Promise<{ port: number; close(): Promise<void> }> {
  const server = createServer((request, response) => {
    answer(request, response, serve).catch(() => response.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const address = server.address();
  const actual = typeof address === 'object' && address ? address.port : port;
  return { port: actual, close: () => close(server) };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  serve: (request: ApiRequest) => Promise<ApiAnswer | undefined>,
): Promise<void> {
  const body = await readBody(request);
  const isControl = request.url?.startsWith('/_simulator') ?? false;
  // The key of the account is known to everybody, and control asks for none.
  const isAllowed = isControl ? isLocalProgram(request.headers) : isLocalProgramOrOwnPage(request.headers);
  if (!isAllowed) {
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
  const answered = await serve({
    method: request.method ?? 'GET',
    target: request.url ?? '/',
    headers,
    body,
  });
  if (!answered) {
    response.destroy();
    return;
  }
  response.writeHead(answered.status, answered.headers);
  response.end(answered.body);
}

/** Undefined when it is too large. */
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
