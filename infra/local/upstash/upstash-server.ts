import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { isLocalProgram } from '../host/local-caller.ts';
import { RedisCommands } from './redis-commands.ts';
import { methodNotAllowed, RestError, unauthorized } from './rest-error.ts';
import { type Encoding, toRestReply } from './rest-reply.ts';
import { type RestRequest, readRestRequest, tokenOf } from './rest-request.ts';

export interface UpstashServer {
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  stop(): Promise<void>;
}

export interface UpstashServerOptions {
  /** Port of the redis-server on 127.0.0.1. */
  readonly redisPort: number;
  /** The callers' bearer token. */
  readonly token: string;
  /** @default a free port */
  readonly port?: number;
}

const METHODS = new Set(['HEAD', 'GET', 'POST', 'PUT']);

/**
 * Serves Upstash's REST protocol over a real redis-server, on 127.0.0.1.
 *
 * Implemented: a command in the body or in the path, pipelines, transactions, base64, tokens, errors with
 * their status. Not implemented: RESP2 responses, `/subscribe` and `/monitor`, ACL tokens, replicas (and so
 * no sync token), limits.
 *
 * Source: "REST API", Upstash documentation (https://upstash.com/docs/redis/features/restapi).
 */
export async function startUpstashServer(options: UpstashServerOptions): Promise<UpstashServer> {
  const commands = new RedisCommands(options.redisPort);
  const server = createServer((message, response) => {
    void respond(message, response, commands, options.token);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  // A server on a TCP port has an AddressInfo.
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    async stop() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
      commands.close();
    },
  };
}

async function respond(
  message: IncomingMessage,
  response: ServerResponse,
  commands: RedisCommands,
  token: string,
): Promise<void> {
  try {
    if (!isLocalProgram(message.headers)) throw new RestError(403, 'Forbidden');
    const url = new URL(message.url ?? '/', 'http://127.0.0.1');
    if (tokenOf(url, message.headers.authorization) !== token) throw unauthorized();
    if (!METHODS.has(message.method ?? '')) throw methodNotAllowed();
    const request = readRestRequest(url, await buffer(message));
    const encoding = message.headers['upstash-encoding'] === 'base64' ? 'base64' : 'utf8';
    const reply = await run(request, commands, encoding);
    send(response, 'error' in reply ? 400 : 200, reply);
  } catch (error) {
    if (error instanceof RestError) send(response, error.status, error.message && { error: error.message });
    // The caller has disconnected, or sent an invalid URL.
    else send(response, 400, { error: 'ERR bad request' });
  }
}

async function run(request: RestRequest, commands: RedisCommands, encoding: Encoding): Promise<object> {
  switch (request.kind) {
    case 'command':
      return toRestReply(await commands.run(request.command), encoding);
    case 'pipeline': {
      const replies = await Promise.all(request.commands.map((command) => commands.run(command)));
      return replies.map((reply) => toRestReply(reply, encoding));
    }
    case 'transaction': {
      const replies = await commands.runTransaction(request.commands);
      if (replies instanceof Error) return toRestReply(replies, encoding);
      return replies.map((reply) => toRestReply(reply, encoding));
    }
  }
}

function send(response: ServerResponse, status: number, body: object | ''): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(body && JSON.stringify(body));
}
