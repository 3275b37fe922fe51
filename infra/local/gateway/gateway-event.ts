import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { LOCAL_ACCOUNT } from '../assembly/physical-names.ts';

/** A received request with its body. */
export interface GatewayRequest {
  readonly method: string;
  /** Percent-decoded: HTTP APIs, unlike REST APIs, decode the path before routing. */
  readonly path: string;
  /** Still percent-encoded, without `?`. */
  readonly rawQueryString: string;
  /** Names in lower case, repeated ones joined with commas, cookies apart. */
  readonly headers: Readonly<Record<string, string>>;
  readonly cookies: readonly string[];
  readonly body: Buffer;
  readonly sourceIp: string;
  readonly requestId: string;
  readonly receivedAtMs: number;
}

/** Fields that the gateway adds to a request after routing. */
export interface RouteContext {
  readonly apiId: string;
  readonly stage: string;
  readonly routeKey: string;
  readonly pathParameters: Readonly<Record<string, string>>;
  /** The authorizer's context; absent on a route without one. */
  readonly authorizerContext?: unknown;
}

/** @throws URIError if the path is not valid percent-encoding */
export function gatewayRequest(
  message: IncomingMessage,
  body: Buffer,
  receivedAtMs = Date.now(),
): GatewayRequest {
  const [encodedPath = '/', ...query] = (message.url ?? '/').split('?');
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(message.headersDistinct)) {
    // API Gateway drops hop-by-hop headers and passes cookies in a separate field.
    if (value && name !== 'connection' && name !== 'cookie') headers[name] = value.join(',');
  }
  const sourceIp = message.socket.remoteAddress ?? '127.0.0.1';
  return {
    method: message.method ?? 'GET',
    // A decoded question mark ends the path, as observed on API Gateway.
    path: decodeURIComponent(encodedPath).split('?')[0] ?? '/',
    rawQueryString: query.join('?'),
    headers: {
      ...headers,
      'x-forwarded-for': sourceIp,
      'x-forwarded-port': String(message.socket.localPort ?? 443),
      'x-forwarded-proto': 'http',
    },
    cookies: (message.headersDistinct.cookie ?? []).flatMap((line) => line.split(/; */)),
    body,
    sourceIp,
    requestId: randomUUID(),
    receivedAtMs,
  };
}

/**
 * Builds the event of a Lambda proxy integration, payload format 2.0. Empty fields are absent.
 *
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
 */
export function proxyEvent(request: GatewayRequest, route: RouteContext): APIGatewayProxyEventV2 {
  const isBase64Encoded = request.body.length > 0 && !isText(request.headers['content-type']);
  return {
    version: '2.0',
    routeKey: route.routeKey,
    rawPath: request.path,
    rawQueryString: request.rawQueryString,
    ...(request.cookies.length > 0 && { cookies: [...request.cookies] }),
    headers: { ...request.headers },
    ...(request.rawQueryString && { queryStringParameters: queryParameters(request.rawQueryString) }),
    ...(Object.keys(route.pathParameters).length > 0 && { pathParameters: { ...route.pathParameters } }),
    requestContext: {
      ...requestContext(request, route),
      ...('authorizerContext' in route && { authorizer: { lambda: route.authorizerContext } }),
    },
    ...(request.body.length > 0 && { body: request.body.toString(isBase64Encoded ? 'base64' : 'utf8') }),
    isBase64Encoded,
  };
}

/** Builds the part of the event that authorizers receive too. */
export function requestContext(
  request: GatewayRequest,
  route: RouteContext,
): APIGatewayProxyEventV2['requestContext'] {
  const domainName = request.headers.host ?? 'localhost';
  return {
    accountId: LOCAL_ACCOUNT,
    apiId: route.apiId,
    domainName,
    domainPrefix: domainName.split('.')[0] ?? domainName,
    http: {
      method: request.method,
      path: request.path,
      protocol: 'HTTP/1.1',
      sourceIp: request.sourceIp,
      userAgent: request.headers['user-agent'] ?? '',
    },
    requestId: request.requestId,
    routeKey: route.routeKey,
    stage: route.stage,
    time: clfTime(request.receivedAtMs),
    timeEpoch: request.receivedAtMs,
  };
}

/** Decodes the query; values of a repeated parameter are joined with commas. */
export function queryParameters(rawQueryString: string): Record<string, string> {
  const parameters: Record<string, string> = {};
  for (const [name, value] of new URLSearchParams(rawQueryString)) {
    parameters[name] = name in parameters ? `${parameters[name]},${value}` : value;
  }
  return parameters;
}

/**
 * Content types that arrive as text; others arrive as base64, also forms and bodies without a type. AWS does
 * not document it; this was measured on HTTP APIs.
 */
function isText(contentType = ''): boolean {
  const mediaType = contentType.split(';')[0]?.trim().toLowerCase() ?? '';
  return /^(text\/.+|application\/(json|xml|javascript))$/.test(mediaType);
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** `12/Mar/2020:19:03:58 +0000` */
function clfTime(epochMs: number): string {
  const date = new Date(epochMs);
  const day = String(date.getUTCDate()).padStart(2, '0');
  return `${day}/${MONTHS[date.getUTCMonth()]}/${date.getUTCFullYear()}:${date.toISOString().slice(11, 19)} +0000`;
}
