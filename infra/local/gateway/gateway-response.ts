import type { ServerResponse } from 'node:http';

/** The response to the client. */
export interface GatewayResponse {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Each becomes a `set-cookie` header. */
  readonly cookies: readonly string[];
  readonly body: Buffer;
}

/** API Gateway's own responses. */
export const GATEWAY_ERRORS = {
  badRequest: gatewayError(400, 'Bad Request'),
  unauthorized: gatewayError(401, 'Unauthorized'),
  forbidden: gatewayError(403, 'Forbidden'),
  notFound: gatewayError(404, 'Not Found'),
  tooLarge: gatewayError(413, 'Request Entity Too Large'),
  /** The function or the authorizer failed (also by its timeout), or returned no valid response. */
  internal: gatewayError(500, 'Internal Server Error'),
  /** The integration exceeded API Gateway's timeout. */
  unavailable: gatewayError(503, 'Service Unavailable'),
} as const;

/**
 * Reads a function's result by payload format 2.0: an object with a `statusCode` is a response; anything else
 * is the JSON body of a 200.
 */
export function responseOf(result: unknown): GatewayResponse {
  const { statusCode, headers, cookies, body, isBase64Encoded } = Object(result);
  if (statusCode === undefined) {
    const text = typeof result === 'string' ? result : JSON.stringify(result);
    return {
      statusCode: 200,
      headers: { 'content-type': 'application/json' },
      cookies: [],
      body: Buffer.from(text),
    };
  }
  const status = Number(statusCode);
  if (!Number.isInteger(status) || status < 100 || status > 599) return GATEWAY_ERRORS.internal;
  if (body !== undefined && body !== null && typeof body !== 'string') return GATEWAY_ERRORS.internal;
  return {
    statusCode: status,
    headers: { 'content-type': 'text/plain;charset=UTF-8', ...lowerCased(headers) },
    cookies: Array.isArray(cookies) ? cookies.map(String) : [],
    body: Buffer.from(body ?? '', isBase64Encoded === true ? 'base64' : 'utf8'),
  };
}

/** Sends a response with API Gateway's request id header. */
export function send(response: ServerResponse, answer: GatewayResponse, requestId: string): void {
  for (const [name, value] of Object.entries(answer.headers)) response.setHeader(name, value);
  if (answer.cookies.length > 0) response.setHeader('set-cookie', [...answer.cookies]);
  response.setHeader('apigw-requestid', requestId);
  response.setHeader('content-length', answer.body.length);
  response.writeHead(answer.statusCode);
  response.end(answer.body);
}

function gatewayError(statusCode: number, message: string): GatewayResponse {
  const body = Buffer.from(JSON.stringify({ message }));
  return { statusCode, headers: { 'content-type': 'application/json' }, cookies: [], body };
}

function lowerCased(headers: unknown): Record<string, string> {
  return Object.fromEntries(
    Object.entries(Object(headers)).map(([name, value]) => [name.toLowerCase(), String(value)]),
  );
}
