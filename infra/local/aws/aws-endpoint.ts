import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { isLocalProgram } from '../host/local-caller.ts';

/**
 * A call of an AWS service with a JSON protocol and `X-Amz-Target`, such as `secretsmanager.GetSecretValue`.
 */
export interface AwsCall {
  readonly operation: string;
  readonly input: unknown;
}

/** Serves a call: an object with `__type` is an error; `undefined`: the operation is not implemented. */
export type AwsService = (call: AwsCall) => unknown;

/**
 * A call of an AWS service with a REST protocol, such as Lambda's `POST
 * /2015-03-31/functions/<name>/invocations`.
 */
export interface RestCall {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** The body as it arrived. */
  readonly bytes: Buffer;
}

/** Serves a call; `undefined`: it belongs to another service, or is not implemented. */
export type RestService = (call: RestCall) => Promise<RestAnswer | undefined>;

export interface RestAnswer {
  readonly statusCode: number;
  /** JSON; text or bytes, sent unchanged, if `contentType` is set. */
  readonly body: unknown;
  readonly contentType?: string;
}

/** Serves `/_local/…`, which controls the local stack; `undefined`: unknown path. */
export type ControlHandler = (method: string, path: string, body: unknown) => Promise<unknown>;

export interface AwsEndpoint {
  readonly url: string;
  /** Environment variables that point the AWS SDK here, for services without an emulator. */
  readonly variables: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

const CONTROL_PREFIX = '/_local';

/**
 * A loopback server for the AWS services that functions call besides DynamoDB. Returns 501 for operations
 * that are not implemented, so that no call leaves this machine.
 *
 * @param services by the first part of `X-Amz-Target`
 */
export async function startAwsEndpoint(
  services: Readonly<Record<string, AwsService>>,
  control: ControlHandler,
  log: (line: string) => void,
  restServices: readonly RestService[] = [],
): Promise<AwsEndpoint> {
  const server = createServer((message, response) => {
    void answer(message, response).catch((error: unknown) => {
      log(`${message.method} ${message.url}: ${error}`);
      respond(response, 500, { message: error instanceof Error ? error.message : String(error) });
    });
  });

  async function answer(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const bytes = await buffer(message);
    const body = bytes.toString();
    if (!isLocalProgram(message.headers)) return respond(response, 403, { message: 'Forbidden' });
    if (message.url?.startsWith(CONTROL_PREFIX)) return answerControl(message, response, body);
    const { method = 'GET', url = '/', headers } = message;
    for (const serve of restServices) {
      const served = await serve({ method, url, headers, body, bytes });
      if (served) return respond(response, served.statusCode, served.body, served.contentType);
    }
    const target = String(headers['x-amz-target'] ?? '');
    const [service = '', operation = ''] = target.split('.');
    const result = services[service]?.({ operation, input: json(body) });
    if (result === undefined) {
      log(`not played here: ${message.method} ${message.url} ${target}`);
      return respond(response, 501, {
        __type: 'NotImplemented',
        message: `${target || message.url} is not played locally`,
      });
    }
    const failed = Object(result).__type !== undefined;
    respond(response, failed ? 400 : 200, result);
  }

  async function answerControl(
    message: IncomingMessage,
    response: ServerResponse,
    body: string,
  ): Promise<void> {
    const path = decodeURIComponent(message.url ?? '').slice(CONTROL_PREFIX.length);
    try {
      const result = await control(message.method ?? 'GET', path, json(body));
      respond(response, result === undefined ? 404 : 200, result ?? { message: 'Not Found' });
    } catch (error) {
      // Rejected control requests have an invalid name or field, which the caller can correct.
      respond(response, 400, { message: error instanceof Error ? error.message : String(error) });
    }
  }

  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  // a server on a TCP port has an AddressInfo
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    variables: { AWS_ENDPOINT_URL: url },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function json(body: string): unknown {
  return body === '' ? undefined : JSON.parse(body);
}

function respond(response: ServerResponse, statusCode: number, body: unknown, contentType?: string): void {
  response.writeHead(statusCode, { 'content-type': contentType ?? 'application/x-amz-json-1.1' });
  const json = body === undefined ? '' : JSON.stringify(body);
  response.end(contentType === undefined ? json : body);
}
