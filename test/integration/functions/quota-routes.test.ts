import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { answer, keyed, useUserApi } from '../../support/user-api.ts';

const user = useUserApi();
const { quota, remaining, send } = user;

describe('consume', () => {
  test('returns the balance, the operation and the limits in headers', async () => {
    const { status, headers, body } = await send('consumeQuota', { type: 'aiRequest', amount: 3 });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      allowed: true,
      code: 'allowed',
      type: 'aiRequest',
      amount: 3,
      balance: {
        limit: 100,
        used: 3,
        held: 0,
        remaining: 97,
        unlimited: false,
        resetsAt: expect.stringMatching(/-01T00:00:00.000Z$/),
      },
      counters: [{ interval: 'month', remaining: 97, enforced: true }],
      operationId: expect.stringMatching(/^op_/),
      replayed: false,
      version: 1,
    });
    expect(headers['RateLimit-Policy']).toMatch(/^"aiRequest-month";q=100;w=\d+$/);
    expect(headers.RateLimit).toMatch(/^"aiRequest-month";r=97;t=\d+$/);
  });

  test('denies with 429, and changes nothing', async () => {
    const { status, headers, body } = await send('consumeQuota', { type: 'aiRequest', amount: 101 });
    expect(status).toBe(429);
    expect(headers['Content-Type']).toBe('application/problem+json');
    expect(headers).not.toHaveProperty('Retry-After');
    expect(headers.RateLimit).toMatch(/r=100;t=\d+$/);
    expect(body).toMatchObject({
      code: 'exceeded',
      allowed: false,
      feature: 'aiRequest',
      balance: { remaining: 100 },
      version: 0,
    });
    expect(body.type).toBe('urn:quota-service:problem:exceeded');
    expect((await quota()).version).toBe(0);
    expect(answer(await send('consumeQuota', { type: 'aiRequest' }))).toBe('200 allowed');
  });

  test('of a full gauge has no Retry-After: it never resets', async () => {
    const { status, headers } = await send('consumeQuota', { type: 'storage', amount: 2_000_000_000 });
    expect(status).toBe(429);
    expect(headers).not.toHaveProperty('Retry-After');
    expect(headers.RateLimit).toBe('"storage-never";r=1000000000');
  });

  test('of an unknown feature is denied', async () => {
    for (const type of ['videoMinutes', 'constructor', 'toString', 'hasOwnProperty', 'length']) {
      const { status, body } = await send('consumeQuota', { type });
      expect({ status, code: body.code, feature: body.feature }).toEqual({
        status: 403,
        code: 'unknown_feature',
        feature: type,
      });
    }
    expect((await quota()).version).toBe(0);
  });

  test('under one key is charged once, and marked as a replay', async () => {
    const key = randomUUID();
    const first = await send('consumeQuota', { type: 'aiRequest', amount: 5 }, keyed(key));
    const again = await send('consumeQuota', { type: 'aiRequest', amount: 5 }, keyed(key));
    expect(first.body).toMatchObject({ operationId: key, replayed: false });
    expect(again).toMatchObject({
      status: 200,
      body: { operationId: key, replayed: true, balance: { used: 5 } },
    });
    expect(answer(await send('consumeQuota', { type: 'aiRequest', amount: 6 }, keyed(key)))).toBe(
      '422 key_reused',
    );
    expect(answer(await send('checkAndConsumeQuota', { type: 'upload' }, keyed(key)))).toBe('422 key_reused');
    expect(await remaining()).toBe(95);
  });

  test('concurrent under one key is charged once', async () => {
    const key = randomUUID();
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => send('consumeQuota', { type: 'aiRequest', amount: 2 }, keyed(key))),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(200));
    expect(answers.filter(({ body }) => !body.replayed)).toHaveLength(1);
    expect(await remaining()).toBe(98);
  });

  test('under keys that differ in letter case or quotes is charged for each', async () => {
    const key = randomUUID();
    for (const one of [key, key.toUpperCase(), `"${key}"`, `${key}.`]) {
      const { body } = await send('consumeQuota', { type: 'aiRequest' }, keyed(one));
      expect(body).toMatchObject({ operationId: one, replayed: false });
    }
    expect(await remaining()).toBe(96);
  });

  test('under the same key for another user is another operation', async () => {
    const key = randomUUID();
    await send('consumeQuota', { type: 'aiRequest' }, keyed(key));
    const other = await send(
      'consumeQuota',
      { type: 'aiRequest', userId: `user-${randomUUID()}` },
      keyed(key),
    );
    expect(other).toMatchObject({ status: 200, body: { replayed: false, balance: { used: 1 } } });
  });

  test('under two header lines, which arrive joined by a comma, is refused', async () => {
    const { status, body } = await send('consumeQuota', { type: 'aiRequest' }, keyed('order-1,order-1'));
    expect(status).toBe(400);
    expect(body.errors).toEqual([
      { path: 'Idempotency-Key', message: expect.stringContaining('comma'), code: 'invalid_format' },
    ]);
    expect((await quota()).version).toBe(0);
  });

  test('that was denied leaves its key free', async () => {
    const key = randomUUID();
    expect(answer(await send('consumeQuota', { type: 'upload', amount: 11 }, keyed(key)))).toBe(
      '429 exceeded',
    );
    expect(answer(await send('consumeQuota', { type: 'upload', amount: 10 }, keyed(key)))).toBe(
      '200 allowed',
    );
  });

  test('keeps its metadata', async () => {
    const context = {
      resourceType: 'document',
      resourceId: 'Übersicht 7',
      metadata: { constructor: 'x', tokens: 1.5, ok: true },
    };
    expect(answer(await send('consumeQuota', { type: 'aiRequest', ...context }))).toBe('200 allowed');
  });
});

describe('check', () => {
  test('returns 200 either way, and writes nothing', async () => {
    const fits = await send('checkQuota', { type: 'aiRequest', amount: 100 });
    expect(fits).toMatchObject({
      status: 200,
      body: { allowed: true, code: 'allowed', cached: false, version: 0, operationId: null },
    });
    expect(fits.headers).toHaveProperty('RateLimit');
    const tooMuch = await send('checkQuota', { type: 'aiRequest', amount: 101 });
    expect(tooMuch).toMatchObject({
      status: 200,
      body: { allowed: false, code: 'exceeded', balance: { remaining: 100 } },
    });
    const unknown = await send('checkQuota', { type: 'videoMinutes' });
    expect(unknown).toMatchObject({
      status: 200,
      body: { allowed: false, code: 'unknown_feature', balance: null, counters: [] },
    });
    expect((await quota()).version).toBe(0);
  });

  test('reflects the requested version', async () => {
    const { body } = await send('consumeQuota', { type: 'aiRequest', amount: 40 });
    const checked = await send('checkQuota', { type: 'aiRequest', minVersion: body.version });
    expect(checked.body).toMatchObject({ version: body.version, balance: { used: 40 } });
    expect((await send('checkQuota', { type: 'aiRequest', consistent: true })).body.version).toBe(
      body.version,
    );
  });

  test('and consume uses what fits, and returns the outcome as a value', async () => {
    expect((await send('checkAndConsumeQuota', { type: 'upload', amount: 9 })).body).toMatchObject({
      allowed: true,
      balance: { remaining: 1 },
    });
    const denied = await send('checkAndConsumeQuota', { type: 'upload', amount: 2 });
    expect(denied).toMatchObject({
      status: 200,
      body: { allowed: false, code: 'exceeded', operationId: null, balance: { remaining: 1 } },
    });
    expect((await send('checkAndConsumeQuota', { type: 'videoMinutes' })).body).toMatchObject({
      allowed: false,
      code: 'unknown_feature',
    });
  });
});

describe('batch-consume', () => {
  test('uses all, and sums a repeated feature', async () => {
    const items = [{ type: 'aiRequest', amount: 2 }, { type: 'upload' }, { type: 'aiRequest', amount: 3 }];
    const { status, body, headers } = await send('batchConsumeQuota', { items });
    expect(status).toBe(200);
    expect(body.items).toMatchObject([
      { type: 'aiRequest', amount: 5, balance: { used: 5 } },
      { type: 'upload', amount: 1, balance: { used: 1 } },
    ]);
    expect(headers.RateLimit).toMatch(/^"aiRequest-month";r=95;t=\d+, "upload-day";r=9;t=\d+$/);
  });

  test('uses none if one is exceeded, and names it', async () => {
    const items = [{ type: 'aiRequest' }, { type: 'upload', amount: 11 }];
    const { status, body } = await send('batchConsumeQuota', { items });
    expect(status).toBe(429);
    expect(body).toMatchObject({
      code: 'exceeded',
      allowed: false,
      feature: 'upload',
      items: [{ type: 'aiRequest' }, { type: 'upload', balance: { remaining: 10 } }],
    });
    expect(
      answer(await send('batchConsumeQuota', { items: [{ type: 'aiRequest' }, { type: 'nothing' }] })),
    ).toBe('403 unknown_feature');
    expect(await remaining()).toBe(100);
  });
});

describe('release', () => {
  test('returns units of a gauge, once per key', async () => {
    await send('consumeQuota', { type: 'storage', amount: 500 });
    const key = randomUUID();
    expect((await send('releaseQuota', { type: 'storage', amount: 200 }, keyed(key))).body).toMatchObject({
      allowed: true,
      balance: { used: 300 },
    });
    expect((await send('releaseQuota', { type: 'storage', amount: 200 }, keyed(key))).body).toMatchObject({
      replayed: true,
      balance: { used: 300 },
    });
    expect(answer(await send('releaseQuota', { type: 'storage', amount: 301 }))).toBe(
      '409 release_exceeds_usage',
    );
    expect(answer(await send('releaseQuota', { type: 'aiRequest' }))).toBe('409 not_a_gauge');
    expect(answer(await send('releaseQuota', { type: 'nothing' }))).toBe('403 unknown_feature');
  });
});

test('one log line per decision; the metrics have feature and outcome as dimensions', async () => {
  user.api.log.lines.length = 0;
  await send(
    'batchConsumeQuota',
    { items: [{ type: 'aiRequest', amount: 2 }, { type: 'upload' }] },
    keyed('k-1'),
  );
  await send('consumeQuota', { type: 'upload', amount: 99 });
  await send('consumeQuota', { type: `unheardOf${Date.now()}` });
  const decisions = user.api.log.lines.filter(({ message }) => message === 'decision');
  expect(decisions).toHaveLength(3);
  expect(decisions[0]).toMatchObject({
    userId: user.userId,
    items: [
      { type: 'aiRequest', amount: 2, remaining: 98 },
      { type: 'upload', amount: 1, remaining: 9 },
    ],
    code: 'allowed',
    operationId: 'k-1',
    durationMs: expect.any(Number),
    requestId: expect.any(String),
  });
  expect(decisions[1]).toMatchObject({
    userId: user.userId,
    type: 'upload',
    amount: 99,
    remaining: 9,
    code: 'exceeded',
  });

  const all = user.api.log.lines.filter((line) => '_aws' in line);
  const documents = all.filter((document) => 'Decision' in document);
  expect(documents.map(({ feature, outcome, Units }) => [feature, outcome, Units])).toEqual([
    ['aiRequest', 'allowed', 2],
    ['upload', 'allowed', 1],
    ['upload', 'exceeded', 99],
    ['(unknown)', 'unknown_feature', 1],
  ]);
  for (const document of documents) {
    const { CloudWatchMetrics } = document._aws as { readonly CloudWatchMetrics: readonly object[] }; // the format's shape
    expect(CloudWatchMetrics[0]).toMatchObject({
      Namespace: 'QuotaService',
      Dimensions: [['feature', 'outcome']],
    });
  }
  // Only accepted calls report the used percentage of a limit.
  const usage = all.filter((document) => 'UsagePercentage' in document);
  expect(usage.map(({ feature, UsagePercentage }) => [feature, UsagePercentage])).toEqual([
    ['aiRequest', 2],
    ['upload', 10],
  ]);
});
