import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { OperationName } from '../../../shared/contract.ts';
import type { ApiRequest } from '../../support/api.ts';
import { expectRefused, send } from '../../support/refused-input.ts';

const use = { userId: 'user-42', type: 'aiRequest', amount: 1 };

/** Every route with an amount, with the rest of its request valid. */
const WITH_AMOUNT: [OperationName, string, ApiRequest, (amount: unknown) => object][] = [
  ['consumeQuota', 'amount', {}, (amount) => ({ ...use, amount })],
  ['checkQuota', 'amount', {}, (amount) => ({ ...use, amount })],
  ['checkAndConsumeQuota', 'amount', {}, (amount) => ({ ...use, amount })],
  ['releaseQuota', 'amount', {}, (amount) => ({ ...use, amount })],
  ['createReservation', 'amount', {}, (amount) => ({ ...use, amount })],
  ['createReservation', 'ttlSeconds', {}, (ttlSeconds) => ({ ...use, ttlSeconds })],
  ['grantQuota', 'amount', {}, (amount) => ({ ...use, amount, reason: 'r' })],
  [
    'confirmReservation',
    'amount',
    { path: { reservationId: 'r' } },
    (amount) => ({ userId: 'u', amount: amount === 0 ? -1 : amount }),
  ],
  [
    'batchConsumeQuota',
    'items[0].amount',
    {},
    (amount) => ({ userId: 'u', items: [{ type: 'aiRequest', amount }] }),
  ],
  [
    'putPlan',
    'allowances[0].limit',
    { path: { planId: 'p' } },
    (limit) => ({
      name: 'P',
      allowances: [{ feature: 'f', limit: limit === 0 || limit === null ? -1 : limit, interval: 'day' }],
    }),
  ],
];

describe.each(WITH_AMOUNT)('%s, %s', (operation, path, request, bodyOf) => {
  test.each([0, -1, 1.5, '1', null, [], [1], {}, true, 2 ** 53, 2 ** 53 + 2, -(2 ** 53), 1e300, 1e-7])(
    'refuses %j',
    async (amount) => {
      expectRefused(await send(operation, { ...request, body: bodyOf(amount) }), path);
    },
  );

  test.each(['1e309', '-1e309', '9007199254740993', '1.0000000001'])('refuses %s', async (literal) => {
    const body = JSON.stringify(bodyOf('AMOUNT')).replace('"AMOUNT"', literal);
    expectRefused(await send(operation, { ...request, body }), path);
  });

  test.each(['NaN', '+1', '01', '0x1', '1n', 'Infinity', 'undefined', '.5'])(
    'refuses %s: not JSON',
    async (literal) => {
      const body = JSON.stringify(bodyOf('AMOUNT')).replace('"AMOUNT"', literal);
      expectRefused(await send(operation, { ...request, body }), 'body');
    },
  );
});

const BAD_USERS = [
  '',
  ' ',
  'a b',
  '#',
  'a#b',
  'a%23b',
  'ACCOUNT#x',
  '../x',
  'ä',
  '👩‍👩‍👧',
  'a\u0000b',
  'a\nb',
  '.x',
  '~x',
  '=x',
  '@x',
  'x'.repeat(129),
  'x'.repeat(10_000),
];

describe('a user id', () => {
  test.each(BAD_USERS)('%j is refused in a body and in a path', async (userId) => {
    expectRefused(await send('consumeQuota', { body: { ...use, userId } }), 'userId');
    expectRefused(await send('getUserQuota', { path: { userId } }), 'userId');
    expectRefused(await send('setUserPlan', { path: { userId }, body: { planId: 'pro' } }), 'userId');
  });

  test.each([1, null, [], {}, true])('%j is refused', async (userId) => {
    expectRefused(await send('consumeQuota', { body: { ...use, userId } }), 'userId');
  });
});

describe('the name of a feature', () => {
  test.each(['', 'AI', '1x', 'a-b', 'a.b', '__proto__', 'ä', 'x'.repeat(41), 'a b', 'a#b', null, 7, [], {}])(
    '%j is refused',
    async (type) => {
      expectRefused(await send('consumeQuota', { body: { ...use, type } }), 'type');
      expectRefused(
        await send('batchConsumeQuota', { body: { userId: 'u', items: [{ type }] } }),
        'items[0].type',
      );
      expectRefused(await send('resetQuota', { body: { userId: 'u', types: ['upload', type] } }), 'types[1]');
    },
  );
});

describe('lists', () => {
  test('of a batch and of a reset must not be empty: empty does not mean "all"', async () => {
    expectRefused(await send('batchConsumeQuota', { body: { userId: 'u', items: [] } }), 'items');
    expectRefused(await send('resetQuota', { body: { userId: 'u', types: [] } }), 'types');
  });

  test.each([
    ['batchConsumeQuota', { userId: 'u', items: [] }, 'items: must have at least 1 entry'],
    ['putPlan', { name: 'P', allowances: [] }, 'allowances: must have at least 1 entry'],
  ] as const)('of %s have the number of their entries in the answer', async (operation, body, detail) => {
    const answer = await send(operation, { path: { planId: 'p' }, body });
    expect(answer.body.detail).toBe(detail);
  });

  test('of a batch have at most 20 items', async () => {
    const items = Array.from({ length: 21 }, () => ({ type: 'aiRequest' }));
    expectRefused(await send('batchConsumeQuota', { body: { userId: 'u', items } }), 'items');
  });
});

describe('metadata', () => {
  const refused = async (metadata: unknown, path: string) =>
    expectRefused(await send('consumeQuota', { body: { ...use, metadata } }), path);

  test('is flat and small, with numbers that are stored exactly', async () => {
    await refused({ a: { b: 1 } }, 'metadata.a');
    await refused({ a: [1] }, 'metadata.a');
    await refused({ a: null }, 'metadata.a');
    await refused({ a: 1e300 }, 'metadata.a');
    await refused({ a: 5e-324 }, 'metadata.a');
    await refused({ a: 2 ** 53 }, 'metadata.a');
    const messageAbout = async (a: unknown) =>
      (await send('consumeQuota', { body: { ...use, metadata: { a } } })).body.detail;
    expect(await messageAbout({ b: 1 })).toBe('metadata.a: must be a string, a number, true or false');
    expect(await messageAbout(5e-324)).toBe(
      'metadata.a: must be from -9007199254740991 to 9007199254740991, and at least 1e-100 away from 0 unless it is 0',
    );
    await refused({ '': 1 }, 'metadata[""]');
    await refused({ 'a\u0000': 1 }, 'metadata["a\\u0000"]');
    await refused({ a: 'x'.repeat(1_024) }, 'metadata');
    await refused(Object.fromEntries(Array.from({ length: 21 }, (_, index) => [`k${index}`, 1])), 'metadata');
    await refused('text', 'metadata');
    await refused([], 'metadata');
  });

  test('cannot carry a prototype', async () => {
    const body = '{"userId":"u","type":"aiRequest","metadata":{"__proto__":{"x":1}}}';
    expectRefused(await send('consumeQuota', { body }), 'metadata.__proto__');
  });
});

test.each(['', ' \u0007', 'x'.repeat(129), 'a\u200bb', 7, {}])(
  'a resource %j is refused',
  async (resourceId) => {
    expectRefused(await send('consumeQuota', { body: { ...use, resourceId } }), 'resourceId');
    expectRefused(await send('consumeQuota', { body: { ...use, resourceType: resourceId } }), 'resourceType');
  },
);

test('unknown fields are refused with their path, at any depth', async () => {
  expectRefused(await send('consumeQuota', { body: { ...use, amuont: 2 } }), 'amuont');
  expectRefused(
    await send('batchConsumeQuota', { body: { userId: 'u', items: [{ type: 'a', count: 2 }] } }),
    'items[0].count',
  );
  expectRefused(
    await send('getUserQuota', { path: { userId: 'u' }, query: { consistant: 'true' } }),
    'consistant',
  );
  expectRefused(await send('checkQuota', { body: { ...use, consistent: 'true' } }), 'consistent');
});

test('a name beyond a reasonable length is not repeated in full', async () => {
  const { body } = await send('consumeQuota', { body: { ...use, ['x'.repeat(60_000)]: 1 } });
  expect(JSON.stringify(body).length).toBeLessThan(1_000);
});

test('thousands of faults at once give an answer of bounded size', async () => {
  const fields = Object.fromEntries(Array.from({ length: 5_000 }, (_, index) => [`f${index}`, 1]));
  expectRefused(await send('consumeQuota', { body: { ...use, ...fields } }), 'f0');
  const twice = `{${Array.from({ length: 5_000 }, () => '"userId":1').join(',')}}`;
  expectRefused(await send('consumeQuota', { body: twice }), 'userId');
});

test.each(['soon', '', '2026-02-30', '2026-11-22T00:00:00Z', '2026-11-22,2026-11-23', '%00'])(
  'days that begin or end on %j are refused',
  async (date) => {
    const path = { userId: 'u' };
    expectRefused(await send('getUserUsage', { path, query: { from: date } }), 'from');
    expectRefused(await send('getUserUsage', { path, query: { to: date } }), 'to');
    expectRefused(await send('getUserUsage', { path, query: { from: '2026-11-01', to: date } }), 'to');
  },
);

test.each([null, [], 'text', 7, true])('the body %j is refused: it must be an object', async (body) => {
  expectRefused(await send('consumeQuota', { body: JSON.stringify(body) }), 'body');
});

test('deep nesting, a huge body and a wrong content type are refused', async () => {
  expectRefused(
    await send('consumeQuota', { body: `{"userId":${'['.repeat(20_000)}${']'.repeat(20_000)}}` }),
  );
  const huge = await send('consumeQuota', { body: { ...use, metadata: 'x'.repeat(1_000_000) } });
  expect(huge.status).toBe(413);
  expectRefused(huge, 'body');
  const form = await send('consumeQuota', {
    body: 'a=b',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  });
  expect(form.status).toBe(415);
  expectRefused(form, 'Content-Type');
});

test('any JSON at any route: never a 5xx, and no request to the table', async () => {
  const OPERATIONS = [
    'consumeQuota',
    'batchConsumeQuota',
    'resetQuota',
    'createReservation',
    'grantQuota',
    'createApiKey',
    'checkQuota',
  ] as const;
  const awkward = fc.oneof(
    fc.jsonValue({ maxDepth: 3 }),
    fc.constantFrom('__proto__', 'constructor', -0, 1e21, '\ud800'),
  );
  const body = fc.oneof(
    awkward,
    fc.dictionary(
      fc.constantFrom('type', 'amount', 'items', 'types', 'scopes', 'metadata', '__proto__', 'x'),
      awkward,
    ),
  );
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...OPERATIONS), body, async (operation, value) => {
      // Without a user id none of these is ever valid.
      expectRefused(await send(operation, { body: JSON.stringify(value) }));
    }),
    { numRuns: 300 },
  );
});

test('any bytes: never a 5xx, and no request to the table', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (bytes) => {
      const body = Buffer.from(bytes).toString('base64');
      expectRefused(await send('consumeQuota', { body, isBase64Encoded: true }));
    }),
    { numRuns: 200 },
  );
});
