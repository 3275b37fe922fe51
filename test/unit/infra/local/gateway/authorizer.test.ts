import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Authorizer } from '../../../../../infra/local/gateway/authorizer.ts';
import type { GatewayRequest, RouteContext } from '../../../../../infra/local/gateway/gateway-event.ts';

const route: RouteContext = {
  apiId: 'api',
  stage: '$default',
  routeKey: 'GET /a/{id}',
  pathParameters: { id: '1' },
};
const request = (authorization?: string): GatewayRequest => ({
  method: 'GET',
  path: '/a/1',
  rawQueryString: '',
  headers: authorization === undefined ? {} : { authorization },
  cookies: [],
  body: Buffer.alloc(0),
  sourceIp: '127.0.0.1',
  requestId: 'id',
  receivedAtMs: 0,
});

function authorizerWith(result: unknown, identitySources = ['$request.header.Authorization']) {
  const invoke = vi.fn(async (_event: unknown) => ({ kind: 'returned' as const, result }));
  return {
    invoke,
    authorizer: new Authorizer({ lambdaFunction: { invoke }, identitySources, cacheTtlMs: 60_000 }),
  };
}

describe('an authorizer', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('is invoked once per identity until its cached result expires', async () => {
    const { authorizer, invoke } = authorizerWith({ isAuthorized: true, context: { keyId: 'k' } });
    const verdict = { kind: 'allowed', context: { keyId: 'k' } };
    for (const key of ['a', 'a', 'b', 'a'])
      expect(await authorizer.authorize(request(key), route)).toEqual(verdict);
    expect(invoke).toHaveBeenCalledTimes(2);
    vi.advanceTimersByTime(60_000);
    await authorizer.authorize(request('a'), route);
    expect(invoke).toHaveBeenCalledTimes(3);
  });

  it('has its refusals cached too', async () => {
    const { authorizer, invoke } = authorizerWith({ isAuthorized: false });
    for (let call = 0; call < 2; call += 1) {
      expect(await authorizer.authorize(request('a'), route)).toEqual({ kind: 'forbidden' });
    }
    expect(invoke).toHaveBeenCalledTimes(1);
  });

  it.each([undefined, ''])('is not invoked for the identity %o', async (identity) => {
    const { authorizer, invoke } = authorizerWith({ isAuthorized: true });
    expect(await authorizer.authorize(request(identity), route)).toEqual({ kind: 'unauthorized' });
    expect(invoke).not.toHaveBeenCalled();
  });

  it.each([undefined, {}, { isAuthorized: 'true' }, 'yes'])(
    'that answers %o is broken, and that is not remembered',
    async (result) => {
      const { authorizer, invoke } = authorizerWith(result);
      for (let call = 0; call < 2; call += 1) {
        expect(await authorizer.authorize(request('a'), route)).toEqual({ kind: 'broken' });
      }
      expect(invoke).toHaveBeenCalledTimes(2);
    },
  );

  // https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html
  it("receives the event of AWS's documentation", async () => {
    const { authorizer, invoke } = authorizerWith({ isAuthorized: true });
    await authorizer.authorize(request('Bearer x'), route);
    expect(invoke.mock.calls[0]?.[0]).toMatchObject({
      version: '2.0',
      type: 'REQUEST',
      routeArn: 'arn:aws:execute-api:eu-central-1:000000000000:api/$default/GET/a/1',
      identitySource: ['Bearer x'],
      routeKey: 'GET /a/{id}',
      rawPath: '/a/1',
      rawQueryString: '',
      headers: { authorization: 'Bearer x' },
      requestContext: { apiId: 'api', http: { method: 'GET', path: '/a/1' }, stage: '$default' },
      pathParameters: { id: '1' },
    });
  });
});
