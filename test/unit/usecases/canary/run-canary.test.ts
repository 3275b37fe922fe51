import type { IncomingMessage } from 'node:http';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { PublicApi } from '../../../../shared/adapters/http/public-api.ts';
import { PROBES } from '../../../../shared/contract.ts';
import { runCanary } from '../../../../shared/usecases/canary/run-canary.ts';
import { serveLocally } from '../../../support/local-server.ts';

const NOW = Date.UTC(2033, 4, 10);
const HOUR_MS = 3_600_000;
const KEY = { key: 'the-key-of-the-canary', createdAt: NOW - HOUR_MS };

interface Call {
  readonly path: string | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly body: unknown;
}

const calls: Call[] = [];
const slept: number[] = [];
const allowed = { allowed: true, replayed: false };
/** The answers to a check and a consume: status and body. */
let answers: readonly (readonly [number, object])[] = [];
const api = await serveLocally(async (request, response) => {
  const text = Buffer.concat(await request.toArray()).toString();
  calls.push({ path: request.url, headers: request.headers, body: JSON.parse(text) });
  const [status, body] = answers[calls.length - 1] ?? [500, {}];
  response.writeHead(status).end(JSON.stringify(body));
});
afterAll(() => api.stop());
beforeEach(() => {
  calls.length = 0;
  slept.length = 0;
  answers = [
    [200, { ...allowed, version: 6 }],
    [200, { ...allowed, version: 7 }],
  ];
});

const run = (more: object = {}) =>
  runCanary({
    canaryKey: { read: async () => KEY },
    publicApi: new PublicApi(`${api.url}/`),
    now: () => NOW,
    sleep: async (ms: number) => void slept.push(ms),
    ...more,
  });

test('it checks and consumes one unit of the canary user, as a caller does', async () => {
  expect(await run()).toEqual({
    code: 'succeeded',
    checkMs: expect.any(Number),
    consumeMs: expect.any(Number),
  });
  const use = { userId: PROBES.canaryUserId, type: PROBES.features.plentiful, amount: 1 };
  expect(calls).toMatchObject([
    { path: '/v1/quota/check', body: { ...use, consistent: true } },
    { path: '/v1/quota/consume', body: use, headers: { 'idempotency-key': expect.stringMatching(/.{30}/) } },
  ]);
  for (const { headers } of calls)
    expect(headers).toMatchObject({ authorization: `Bearer ${KEY.key}`, connection: 'close' });
});

test.each([
  ['check', 429, { message: 'Too Many Requests' }, '429 without a code'],
  ['check', 503, { code: 'unavailable' }, '503 unavailable'],
  ['check', 401, { code: 'invalid_api_key' }, '401 invalid_api_key'],
  ['check', 200, { allowed: false, replayed: false, version: 6 }, 'the answer does not allow the call'],
  ['consume', 429, { code: 'exceeded' }, '429 exceeded'],
  ['consume', 503, { code: 'outcome_unknown' }, '503 outcome_unknown'],
  ['consume', 200, { ...allowed, replayed: true, version: 7 }, 'the answer does not allow the call'],
  ['consume', 200, { ...allowed, version: 6 }, 'version 6 follows 6'],
  ['consume', 200, { ...allowed }, 'the answer does not allow the call'],
] as const)('at the %s, %i %j is a failure', async (at, status, body, reason) => {
  answers = at === 'check' ? [[status, body]] : [answers[0] ?? [200, {}], [status, body]];
  expect(await run()).toEqual({ code: 'failed', at, reason });
});

test('the rate limit of its own key is waited for, once', async () => {
  const limited = [429, { code: 'rate_limited' }] as const;
  const [checked = limited, consumed = limited] = answers;
  answers = [checked, limited, consumed];
  expect(await run()).toMatchObject({ code: 'succeeded' });
  expect(slept).toEqual([1_100]);
  const keys = calls.slice(1).map(({ headers }) => headers['idempotency-key']);
  expect(new Set(keys).size).toBe(1);
  calls.length = 0;
  answers = [checked, limited, limited];
  expect(await run()).toEqual({ code: 'failed', at: 'consume', reason: '429 rate_limited' });
});

test('no answer is a failure with its cause', async () => {
  const publicApi = new PublicApi('http://127.0.0.1:9');
  expect(await run({ publicApi })).toMatchObject({ code: 'failed', at: 'check', reason: /no answer: ./ });
});

test('a missing secret is named', async () => {
  expect(await run({ canaryKey: { read: async () => undefined } })).toEqual({
    code: 'failed',
    at: 'key',
    reason: 'the secret of its key does not exist or has no key',
  });
  expect(calls).toEqual([]);
});

test('a secret that cannot be read is a failure with its error', async () => {
  const read = async () => {
    throw Object.assign(new Error('not authorized'), { name: 'AccessDeniedException' });
  };
  expect(await run({ canaryKey: { read } })).toEqual({
    code: 'failed',
    at: 'key',
    reason: 'AccessDeniedException: not authorized',
  });
});

test('while the deployment that created its key is under way, a failure does not count', async () => {
  answers = [[401, { code: 'invalid_api_key' }]];
  const young = { ...KEY, createdAt: NOW - 60_000 };
  expect(await run({ canaryKey: { read: async () => young } })).toMatchObject({
    code: 'too_early',
    at: 'check',
  });
  calls.length = 0;
  expect(await run()).toMatchObject({ code: 'failed' });
});
