import type { GatewayRequest } from './gateway-event.ts';
import type { GatewayResponse } from './gateway-response.ts';

/** The CORS configuration of an HTTP API. */
export interface Cors {
  readonly allowOrigins: readonly string[];
  readonly allowMethods: readonly string[];
  readonly allowHeaders: readonly string[];
  readonly exposeHeaders: readonly string[];
  readonly maxAgeSeconds: number;
}

/**
 * Answers a preflight request as API Gateway does, before routing; undefined for any other request. An origin
 * that is not allowed receives no headers, and its browser sends nothing further.
 *
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html
 */
export function preflightResponse(
  cors: Cors,
  { method, headers }: Pick<GatewayRequest, 'method' | 'headers'>,
): GatewayResponse | undefined {
  if (method !== 'OPTIONS' || !headers.origin || !headers['access-control-request-method']) return undefined;
  return {
    statusCode: 204,
    headers: cors.allowOrigins.includes(headers.origin)
      ? {
          'access-control-allow-methods': cors.allowMethods.join(','),
          'access-control-allow-headers': cors.allowHeaders.join(','),
          'access-control-max-age': String(cors.maxAgeSeconds),
        }
      : {},
    cookies: [],
    body: Buffer.alloc(0),
  };
}

/** Adds the headers for the page that called; those of the function are dropped, as API Gateway does. */
export function withCors(cors: Cors, origin: string | undefined, response: GatewayResponse): GatewayResponse {
  const own = Object.entries(response.headers).filter(
    ([name]) => !/^access-control-(allow-origin|expose-headers)$/.test(name),
  );
  const forPage =
    origin !== undefined && cors.allowOrigins.includes(origin)
      ? {
          'access-control-allow-origin': origin,
          'access-control-expose-headers': cors.exposeHeaders.join(','),
        }
      : {};
  return { ...response, headers: { ...Object.fromEntries(own), ...forPage } };
}
