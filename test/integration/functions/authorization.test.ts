import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type OperationName, ROUTES, type Route, SCOPES, type Scope } from '../../../shared/contract.ts';
import { call, httpEvent, lambdaContext, loadHandler } from '../../support/api.ts';
import { rightRequest } from '../../support/right-request.ts';
import { createSeededApi, type SeededApi } from '../../support/seeded-api.ts';

/** The user of the requests in this file. */
const USER = 'user-42';
const keys: Record<string, string> = {};
let api: SeededApi;

async function makeKey(scopes: Scope[], more: object = {}) {
  const { status, body } = await call('createApiKey', {
    key: api.adminKey,
    body: { name: 'test', scopes, ...more },
  });
  expect(status).toBe(201);
  return body as { key: string; keyId: string }; // what a 201 has
}

beforeAll(async () => {
  api = await createSeededApi();
  for (const scope of SCOPES) {
    keys[scope] = (await makeKey([scope])).key;
    keys[`${scope}, this user`] = (await makeKey([scope], { userId: USER })).key;
    keys[`${scope}, another user`] = (await makeKey([scope], { userId: 'user-43' })).key;
  }
  const revoked = await makeKey([...SCOPES]);
  await call('revokeApiKey', { key: api.adminKey, path: { keyId: revoked.keyId } });
  const expiresAt = new Date(Date.now() + 500).toISOString();
  const expired = await makeKey([...SCOPES], { expiresAt });
  await sleep(600);
  Object.assign(keys, {
    unknown: `qk_${'A'.repeat(43)}`,
    malformed: 'not a key',
    revoked: revoked.key,
    expired: expired.key,
  });
});
afterAll(() => api.stop());

const routes = (Object.entries(ROUTES) as [OperationName, Route][]).filter(([, { scope }]) => scope !== null); // keys of ROUTES

/** A request that is valid except for its key. */
const requestOf = (name: OperationName) => rightRequest(name, USER);

/** The expected answer to a key on a route; `in`: the route's own answer. */
function expected(kind: string, route: Route, concernsUser: boolean): string {
  const [scope, binding] = kind.split(', ');
  if (!SCOPES.some((known) => known === scope)) return '401 invalid_api_key';
  if (scope !== route.scope) return '403 insufficient_scope';
  if (binding === 'another user' && concernsUser) return '403 wrong_user';
  if (binding && !concernsUser && route.scope !== 'read') return '403 wrong_user';
  return 'in';
}

const KINDS = [
  'unknown',
  'malformed',
  'revoked',
  'expired',
  ...SCOPES.flatMap((scope) => [scope, `${scope}, this user`, `${scope}, another user`]),
];

describe.each(routes)('%s', (name, route) => {
  test('rejects requests without the authorizer', async () => {
    for (const caller of [undefined, null, {}]) {
      const answer = await call(name, { ...requestOf(name), ...(caller !== undefined && { caller }) });
      expect(answer).toMatchObject({ status: 401, body: { code: 'invalid_api_key' } });
      expect(answer.headers['WWW-Authenticate']).toMatch(/^Bearer /);
    }
  });

  test.each(KINDS)('a key: %s', async (kind) => {
    const { status, body } = await call(name, { ...requestOf(name), key: keys[kind] ?? '' });
    const concernsUser = JSON.stringify(requestOf(name)).includes(USER);
    const answer =
      status === 401 || ['insufficient_scope', 'wrong_user'].includes(body?.code)
        ? `${status} ${body.code}`
        : 'in';
    expect(answer).toBe(expected(kind, route, concernsUser));
    // A rejected caller learns nothing about the user or the plans.
    if (answer !== 'in') expect(Object.keys(body)).not.toContain('balance');
  });
});

test('the open routes need no key', async () => {
  expect(await call('getHealth')).toMatchObject({ status: 200, body: { status: 'ok' } });
  expect((await call('getOpenApi')).status).toBe(200);
});

test('the scheme is case-insensitive, and only a bearer key is accepted', async () => {
  const ask = async (authorization: string) => {
    const handler = await loadHandler('authorizer/handler');
    const { headers, ...event } = await httpEvent('listPlans', {});
    const answer = await handler(
      { ...event, headers: { ...headers, authorization } },
      lambdaContext('authorize'),
    );
    return answer as { isAuthorized: boolean; context: Record<string, string> }; // an authorizer's simple response
  };
  for (const scheme of ['Bearer', 'bearer', 'BEARER']) {
    expect((await ask(`${scheme} ${api.serviceKey}`)).context).toMatchObject({
      scopes: 'quota read billing',
    });
  }
  for (const bad of [
    '',
    'Bearer',
    'Bearer ',
    `Basic ${api.serviceKey}`,
    api.serviceKey,
    `Bearer  ${api.serviceKey}`,
    `Bearer ${'x'.repeat(9_000)}`,
  ]) {
    const answer = await ask(bad);
    expect(answer).toMatchObject({ isAuthorized: true, context: { reason: 'malformed' } });
    expect(answer.context).not.toHaveProperty('keyId');
  }
});

test('no key ever reached the log, nor any header', () => {
  const text = JSON.stringify(api.log.lines);
  expect(api.log.lines.length).toBeGreaterThan(100);
  for (const key of [api.adminKey, api.serviceKey, ...Object.values(keys)]) expect(text).not.toContain(key);
  expect(text.toLowerCase()).not.toContain('authorization');
});
