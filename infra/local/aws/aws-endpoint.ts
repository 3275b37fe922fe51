import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { isLocalProgram } from '../host/local-caller.ts';

/** A call of an AWS service that speaks JSON with an `X-Amz-Target`, such as `secretsmanager.GetSecretValue`. */
export interface AwsCall {
  readonly operation: string;
  readonly input: unknown;
}

/** Answers a call: an object with `__type` is an error, `undefined` means that the operation is not played here. */
export type AwsService = (call: AwsCall) => unknown;

/** A call of an AWS service that speaks REST, such as Lambda's `POST /2015-03-31/functions/<name>/invocations`. */
export interface RestCall {
  readonly method: string;
  /** With its query. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** Answers a call; `undefined`: it is none of this service's, or is not played here. */
export type RestService = (call: RestCall) => Promise<RestAnswer | undefined>;

export interface RestAnswer {
  readonly statusCode: number;
  /** JSON; sent as it is where `contentType` says what else it is. */
  readonly body: unknown;
  readonly contentType?: string;
}

/** Reads `/_local/…`, the local stack's own requests; `undefined`: there is no such thing. */
export type ControlHandler = (method: string, path: string, body: unknown) => Promise<unknown>;

export interface AwsEndpoint {
  readonly url: string;
  /** Variables that point the AWS SDK here, for every service that has no emulator of its own. */
  readonly variables: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

const CONTROL_PREFIX = '/_local';

/**
 * One loopback server for the AWS services that functions call besides DynamoDB. Whatever is not played answers 501, so that no call
 * can leave this machine unnoticed.
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
    const body = await text(message);
    if (!isLocalProgram(message.headers)) return respond(response, 403, { message: 'Forbidden' });
    if (message.url?.startsWith(CONTROL_PREFIX)) return answerControl(message, response, body);
    const { method = 'GET', url = '/', headers } = message;
    for (const serve of restServices) {
      const served = await serve({ method, url, headers, body });
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
      // What control refuses is the caller's to correct: a name or a field that cannot be.
      respond(response, 400, { message: error instanceof Error ? error.message : String(error) });
    }
  }

  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  // A server that listens on a TCP port has an address with a port.
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
