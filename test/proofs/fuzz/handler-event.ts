import { randomUUID } from 'node:crypto';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import type { AuthorizerContext } from '../../../functions/http/http-event.ts';
import { proxyEvent } from '../../../infra/local/gateway/gateway-event.ts';
import { EVERYTHING } from '../../support/api.ts';
import type { Decoded } from './expectation.ts';
import type { FuzzRequest } from './fuzz-request.ts';
import type { FuzzRoute } from './routes.ts';

/** The authorizer's context for each kind of caller. */
const CALLERS: Readonly<Record<FuzzRequest['caller'], AuthorizerContext>> = {
  everything: EVERYTHING,
  nobody: {},
  'no scope': { ...EVERYTHING, scopes: '' },
  'another user': { ...EVERYTHING, userId: 'somebody-else' },
};

/** The decoded content of a handler's event. */
export function decodedEvent(event: APIGatewayProxyEventV2): Decoded {
  const { pathParameters = {}, queryStringParameters = {}, headers, body = '', isBase64Encoded } = event;
  return {
    path: pathParameters,
    query: queryStringParameters,
    headers,
    body: Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8'),
  };
}

/** API Gateway's event for a request. */
export function eventOf({ route }: FuzzRoute, { path, query, headers, body, caller }: FuzzRequest) {
  const request = {
    method: route.method,
    path: route.path.replaceAll(/\{(\w+)\}/g, (_, name) => path[name] ?? ''),
    rawQueryString: query,
    headers,
    cookies: [],
    body: body ?? Buffer.alloc(0),
    sourceIp: '127.0.0.1',
    requestId: randomUUID(),
    receivedAtMs: Date.now(),
  };
  return proxyEvent(request, {
    apiId: 'fuzz',
    stage: '$default',
    routeKey: `${route.method} ${route.path}`,
    pathParameters: path,
    ...(route.scope !== null && { authorizerContext: CALLERS[caller] }),
  });
}
