import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { isLocalHost } from '../host/local-caller.ts';
import type { LambdaFunction } from '../lambda/lambda-function.ts';
import { Authorizer } from './authorizer.ts';
import { preflightResponse, withCors } from './cors.ts';
import { type GatewayRequest, gatewayRequest, proxyEvent } from './gateway-event.ts';
import { GATEWAY_ERRORS, type GatewayResponse, responseOf, send } from './gateway-response.ts';
import type { HttpApiDefinition } from './http-api-definition.ts';
import { RouteTable } from './route-table.ts';

export interface HttpGateway {
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  stop(): Promise<void>;
}

export interface GatewayOptions {
  /** Further accepted host names; API Gateway serves only its own host names too. @default none */
  readonly allowedHosts?: readonly string[] | undefined;
  /** Epoch ms. @default the machine's time */
  readonly now?: () => number;
}

interface RouteTarget {
  readonly lambdaFunction: LambdaFunction;
  readonly authorizer: Authorizer | undefined;
}

/** Quotas of HTTP APIs: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html */
const INTEGRATION_TIMEOUT_MS = 30_000;
/** Thousands of callers may connect at once. */
const CONNECTION_BACKLOG = 4_096;
const PAYLOAD_LIMIT_BYTES = 10 * 1024 * 1024;

/**
 * Serves an HTTP API of the template on loopback as API Gateway does. Throttling and access logs are
 * not implemented.
 *
 * @param port 0 for any free one
 * @param functionByArn finds the function of an integration or authorizer
 * @param log receives a line per request
 * @throws Error if the port is in use
 */
export async function startHttpGateway(
  definition: HttpApiDefinition,
  port: number,
  functionByArn: (arn: string) => LambdaFunction,
  log: (line: string) => void,
  { allowedHosts = [], now = Date.now }: GatewayOptions = {},
): Promise<HttpGateway> {
  const routes = routeTable(definition, functionByArn, now);
  const server = createServer((message, response) => {
    void answer(message, response).catch((error: unknown) => {
      log(`${message.method} ${message.url} ended early: ${error}`);
      response.destroy();
    });
  });

  async function answer(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const startedMs = performance.now();
    const body = await readBody(message);
    const request = body && requestOrUndefined(message, body, now());
    const result = !isLocalHost(message.headers, allowedHosts)
      ? GATEWAY_ERRORS.forbidden
      : request
        ? await handle(request)
        : body
          ? GATEWAY_ERRORS.badRequest
          : GATEWAY_ERRORS.tooLarge;
    const { cors } = definition;
    const { origin } = message.headers;
    send(response, cors ? withCors(cors, origin, result) : result, request?.requestId ?? '-');
    log(
      `${message.method} ${message.url} ${result.statusCode} ${Math.round(performance.now() - startedMs)} ms`,
    );
  }

  async function handle(request: GatewayRequest): Promise<GatewayResponse> {
    const { apiId, stage, cors } = definition;
    const preflight = cors && preflightResponse(cors, request);
    if (preflight) return preflight;
    const path = withoutStage(request.path, stage);
    const match = path === undefined ? undefined : routes.match(request.method, path);
    if (!match) return GATEWAY_ERRORS.notFound;
    const { authorizer, lambdaFunction } = match.target;
    let route = { apiId, stage, routeKey: match.routeKey, pathParameters: match.pathParameters };
    if (authorizer) {
      const verdict = await authorizer.authorize(request, route);
      if (verdict.kind === 'unauthorized') return GATEWAY_ERRORS.unauthorized;
      if (verdict.kind === 'forbidden') return GATEWAY_ERRORS.forbidden;
      if (verdict.kind === 'broken') return GATEWAY_ERRORS.internal;
      route = Object.assign(route, { authorizerContext: verdict.context });
    }
    return integrate(lambdaFunction, proxyEvent(request, route));
  }

  // Longer than clients keep idle connections: else a reused one may be reset.
  server.keepAliveTimeout = 75_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, host: '127.0.0.1', backlog: CONNECTION_BACKLOG }, resolve);
  });
  // A server on a TCP port has an AddressInfo.
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function routeTable(
  definition: HttpApiDefinition,
  functionByArn: (arn: string) => LambdaFunction,
  now: () => number,
): RouteTable<RouteTarget> {
  const authorizers = new Map(
    definition.authorizers.map(({ id, functionArn, identitySources, cacheTtlMs }) => [
      id,
      new Authorizer({ lambdaFunction: functionByArn(functionArn), identitySources, cacheTtlMs, now }),
    ]),
  );
  const routes = new RouteTable<RouteTarget>();
  for (const { routeKey, functionArn, authorizerId } of definition.routes) {
    const authorizer = authorizerId === undefined ? undefined : authorizers.get(authorizerId);
    routes.add(routeKey, { lambdaFunction: functionByArn(functionArn), authorizer });
  }
  return routes;
}

/**
 * Returns the function's response, or the gateway's 504 after its timeout; the function then continues
 * without effect on the response.
 */
async function integrate(lambdaFunction: LambdaFunction, event: unknown): Promise<GatewayResponse> {
  const patience = new AbortController();
  const outcome = await Promise.race([
    lambdaFunction.invoke(event),
    sleep(INTEGRATION_TIMEOUT_MS, 'too slow' as const, { signal: patience.signal }).catch(
      () => 'too slow' as const,
    ),
  ]);
  patience.abort();
  if (outcome === 'too slow') return GATEWAY_ERRORS.unavailable;
  return outcome.kind === 'failed' ? GATEWAY_ERRORS.internal : responseOf(outcome.result);
}

/** Returns undefined if the body exceeds API Gateway's limit. */
async function readBody(message: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of message) {
    size += chunk.length;
    // Reads and discards the rest: closing early would hide the response from a client that is still sending.
    if (size <= PAYLOAD_LIMIT_BYTES) chunks.push(chunk);
  }
  return size <= PAYLOAD_LIMIT_BYTES ? Buffer.concat(chunks) : undefined;
}

function requestOrUndefined(
  message: IncomingMessage,
  body: Buffer,
  receivedAtMs: number,
): GatewayRequest | undefined {
  try {
    return gatewayRequest(message, body, receivedAtMs);
  } catch {
    return undefined;
  }
}

/** `$default` is served at the root, any other stage below its name. */
function withoutStage(path: string, stage: string): string | undefined {
  if (stage === '$default') return path;
  const prefix = `/${stage}`;
  return path === prefix || path.startsWith(`${prefix}/`) ? path.slice(prefix.length) || '/' : undefined;
}
