import { describe, expect, it } from 'vitest';
import {
  type GatewayRequest,
  proxyEvent,
  type RouteContext,
} from '../../../../../infra/local/gateway/gateway-event.ts';

const request: GatewayRequest = {
  method: 'POST',
  path: '/my/path',
  rawQueryString: 'parameter1=value1&parameter1=value2&parameter2=value',
  headers: {
    header1: 'value1',
    header2: 'value1,value2',
    host: 'id.execute-api.us-east-1.amazonaws.com',
    'user-agent': 'agent',
  },
  cookies: ['cookie1', 'cookie2'],
  body: Buffer.alloc(0),
  sourceIp: '192.0.2.1',
  requestId: 'id',
  receivedAtMs: Date.UTC(2020, 2, 12, 19, 3, 58),
};
const route: RouteContext = {
  apiId: 'api-id',
  stage: '$default',
  routeKey: '$default',
  pathParameters: { parameter1: 'value1' },
};

describe('the event of a request', () => {
  // The example of AWS's documentation, without client certificates, JWT and stage variables.
  // https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
  it("is the one of AWS's documentation", () => {
    const withContext = { ...route, authorizerContext: { key: 'value' } };
    const sent = {
      ...request,
      headers: { ...request.headers, 'content-type': 'text/plain' },
      body: Buffer.from('Hello from Lambda!'),
    };
    expect(proxyEvent(sent, withContext)).toEqual({
      version: '2.0',
      routeKey: '$default',
      rawPath: '/my/path',
      rawQueryString: 'parameter1=value1&parameter1=value2&parameter2=value',
      cookies: ['cookie1', 'cookie2'],
      headers: sent.headers,
      queryStringParameters: { parameter1: 'value1,value2', parameter2: 'value' },
      requestContext: {
        accountId: '000000000000',
        apiId: 'api-id',
        authorizer: { lambda: { key: 'value' } },
        domainName: 'id.execute-api.us-east-1.amazonaws.com',
        domainPrefix: 'id',
        http: {
          method: 'POST',
          path: '/my/path',
          protocol: 'HTTP/1.1',
          sourceIp: '192.0.2.1',
          userAgent: 'agent',
        },
        requestId: 'id',
        routeKey: '$default',
        stage: '$default',
        time: '12/Mar/2020:19:03:58 +0000',
        timeEpoch: 1_584_039_838_000,
      },
      body: 'Hello from Lambda!',
      pathParameters: { parameter1: 'value1' },
      isBase64Encoded: false,
    });
  });

  it('omits empty fields', () => {
    const bare = { ...request, rawQueryString: '', cookies: [] };
    const event = proxyEvent(bare, { ...route, pathParameters: {} });
    for (const field of ['cookies', 'queryStringParameters', 'pathParameters', 'body'])
      expect(event).not.toHaveProperty(field);
    expect(event.rawQueryString).toBe('');
    expect(event.requestContext).not.toHaveProperty('authorizer');
  });

  it.each([
    ['application/json', false],
    ['Application/JSON; charset=utf-8', false],
    ['text/csv', false],
    ['application/xml', false],
    ['application/x-www-form-urlencoded', true],
    ['application/octet-stream', true],
    [undefined, true],
  ])('carries a body of type %s as base64: %s', (contentType, isBase64Encoded) => {
    const headers = contentType === undefined ? {} : { 'content-type': contentType };
    const event = proxyEvent({ ...request, headers, body: Buffer.from('{"ä":1}') }, route);
    expect(event.isBase64Encoded).toBe(isBase64Encoded);
    expect(Buffer.from(event.body ?? '', isBase64Encoded ? 'base64' : 'utf8').toString()).toBe('{"ä":1}');
  });
});
