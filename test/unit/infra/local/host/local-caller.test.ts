import { type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startAwsEndpoint } from '../../../../../infra/local/aws/aws-endpoint.ts';
import { startHttpGateway } from '../../../../../infra/local/gateway/http-gateway.ts';
import { startLocalStripe } from '../../../../../infra/local/local-stripe.ts';
import { startUpstashServer } from '../../../../../infra/local/upstash/upstash-server.ts';

const TOKEN = 'the-token';
const KEY = 'sk_test_simulator';
const SECRET = 'the-secret-of-stripe';
const stops: (() => Promise<void>)[] = [];
const urls = { aws: '', stripe: '', redis: '', gateway: '', tunnelled: '' };

beforeAll(async () => {
  const aws = await startAwsEndpoint(
    { secretsmanager: () => ({ SecretString: SECRET }) },
    async () => ({ kept: SECRET }),
    () => {},
    [
      async ({ method }) =>
        method === 'GET' ? { statusCode: 200, body: SECRET, contentType: 'text/html' } : undefined,
    ],
  );
  const stripe = await startLocalStripe('http://127.0.0.1:9/webhook', undefined);
  const redis = await startUpstashServer({ redisPort: 1, token: TOKEN });
  const definition = { apiId: 'api', stage: '$default', routes: [], authorizers: [] };
  const startGateway = (allowedHosts?: string[]) =>
    startHttpGateway(
      definition,
      0,
      () => neverCalled(),
      () => {},
      { allowedHosts },
    );
  const [gateway, tunnelled] = [await startGateway(), await startGateway(['tunnel.example'])];
  Object.assign(urls, {
    aws: aws.url,
    stripe: stripe.simulator?.url,
    redis: redis.url,
    gateway: gateway.url,
    tunnelled: tunnelled.url,
  });
  for (const { stop } of [aws, stripe, redis, gateway, tunnelled]) stops.push(stop);
});
afterAll(async () => {
  for (const stop of stops) await stop();
});

function neverCalled(): never {
  throw new Error('no route leads to a function');
}

/** Sends the headers unchanged: `fetch` sets `Host`. */
async function send(url: string, method: string, headers: Record<string, string>, body = '') {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    request(url, { method, headers }, resolve).once('error', reject).end(body);
  });
  return { status: response.statusCode, body: await text(response) };
}

/** Every kind of request to a local server, with the status of an accepted one. */
const REQUESTS = [
  ['a secret', 'aws', 'POST', '/', { 'x-amz-target': 'secretsmanager.GetSecretValue' }, 200],
  ['an object', 'aws', 'GET', '/bucket/report.html', {}, 200],
  ['control of the stack', 'aws', 'GET', '/_local/', {}, 200],
  ['the state of the simulator', 'stripe', 'GET', '/_simulator', {}, 200],
  ['control of the simulator', 'stripe', 'POST', '/_simulator/advance', {}, 200],
  ['the API of the simulator', 'stripe', 'GET', '/v1/customers', { authorization: `Bearer ${KEY}` }, 200],
  ['a page of the simulator', 'stripe', 'POST', '/c/pay/cs_unknown', {}, 401],
  ['a command of Redis', 'redis', 'GET', '/get/a', { authorization: `Bearer ${TOKEN}` }, 503],
  ['a route of the API', 'gateway', 'GET', '/health', {}, 404],
] as const;

describe.each(REQUESTS)('%s', (_, server, method, path, headers, status) => {
  const ask = (more: Record<string, string>) => send(urls[server] + path, method, { ...headers, ...more });
  const port = () => new URL(urls[server]).port;

  test('is served to a program on this machine', async () => {
    expect(await ask({})).toMatchObject({ status });
    expect(await ask({ host: `localhost:${port()}` })).toMatchObject({ status });
    expect(await ask({ host: `LOCALHOST:${port()}` })).toMatchObject({ status });
  });

  test.each([
    'evil.example',
    '127.0.0.1.evil.example',
    'localhost.evil.example',
    'evil.example#localhost',
    '10.0.0.1',
  ])('is refused by the name %o, which may be rebound to this machine', async (name) => {
    for (const host of [name, `${name}:${port()}`]) {
      const answer = await ask({ host });
      expect(answer).toMatchObject({ status: 403 });
      expect(answer.body).not.toContain(SECRET);
    }
  });

  test
    .runIf(server !== 'gateway')
    .each(['http://evil.example', 'null', 'http://localhost:1', 'https://127.0.0.1'])(
    'is refused to a page of %s',
    async (origin) => {
      const answer = await ask({ origin });
      expect(answer).toMatchObject({ status: 403 });
      expect(answer.body).not.toContain(SECRET);
    },
  );
});

test('a page of the simulator may post its forms, and may not control the simulator', async () => {
  const own = { origin: urls.stripe };
  expect(await send(`${urls.stripe}/c/pay/cs_unknown`, 'POST', own)).toMatchObject({ status: 401 });
  expect(await send(`${urls.stripe}/_simulator/advance`, 'POST', own)).toMatchObject({ status: 403 });
});

test('the API accepts further host names by option', async () => {
  const ask = (host: string) => send(`${urls.tunnelled}/health`, 'GET', { host });
  expect(await ask('tunnel.example')).toMatchObject({ status: 404 });
  expect(await ask('Tunnel.Example:443')).toMatchObject({ status: 404 });
  expect(await ask('evil.example')).toMatchObject({ status: 403 });
});
