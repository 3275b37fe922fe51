import { afterAll, expect, test } from 'vitest';
import { startHttpGateway } from '../../../../../infra/local/gateway/http-gateway.ts';

const PAGE = 'https://app.example.com';
const STRANGER = 'https://evil.example.com';
const cors = {
  allowOrigins: [PAGE],
  allowMethods: ['GET', 'POST'],
  allowHeaders: ['authorization', 'content-type'],
  exposeHeaders: ['retry-after', 'ratelimit'],
  maxAgeSeconds: 3600,
};
const echo = {
  invoke: async () => ({
    kind: 'returned' as const,
    result: {
      statusCode: 429,
      headers: { 'Retry-After': '7', 'Access-Control-Allow-Origin': '*' },
      body: '',
    },
  }),
};
const definition = {
  apiId: 'api',
  stage: '$default',
  routes: [{ routeKey: 'POST /v1/quota/consume', functionArn: 'f' }],
  authorizers: [],
};
// The gateway only invokes it.
const functionByArn = () => echo as never;
const gateway = await startHttpGateway({ ...definition, cors }, 0, functionByArn, () => {});
const closed = await startHttpGateway(definition, 0, functionByArn, () => {});
afterAll(() => Promise.all([gateway.stop(), closed.stop()]));

const call = (origin: string, path = '/v1/quota/consume', { url } = gateway) =>
  fetch(url + path, { method: 'POST', headers: { Origin: origin } });
const ask = (origin: string, { url } = gateway) =>
  fetch(`${url}/v1/quota/consume`, {
    method: 'OPTIONS',
    headers: { Origin: origin, 'Access-Control-Request-Method': 'POST' },
  });
const corsHeaders = ({ headers }: Response) =>
  Object.fromEntries([...headers].filter(([name]) => name.startsWith('access-control-')));

test('a preflight request of a named origin is answered without the function', async () => {
  const response = await ask(PAGE);
  expect(response.status).toBe(204);
  expect(corsHeaders(response)).toMatchObject({
    'access-control-allow-origin': PAGE,
    'access-control-allow-methods': 'GET,POST',
    'access-control-allow-headers': 'authorization,content-type',
    'access-control-max-age': '3600',
  });
});

test('its pages read answers, errors of the gateway too, with the exposed headers', async () => {
  const allowed = {
    'access-control-allow-origin': PAGE,
    'access-control-expose-headers': 'retry-after,ratelimit',
  };
  const response = await call(PAGE);
  expect(response.headers.get('retry-after')).toBe('7');
  expect(corsHeaders(response)).toEqual(allowed);
  expect(corsHeaders(await call(PAGE, '/unknown'))).toEqual(allowed);
});

test('another origin receives no permission, whatever the function returns', async () => {
  expect(corsHeaders(await ask(STRANGER))).toEqual({});
  expect(corsHeaders(await call(STRANGER))).toEqual({});
});

test('without the setting a preflight request is an unknown route', async () => {
  const response = await ask(PAGE, closed);
  expect(response.status).toBe(404);
  expect(corsHeaders(response)).toEqual({});
});
