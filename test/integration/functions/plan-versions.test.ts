import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { call } from '../../support/api.ts';
import { createSeededApi, type SeededApi } from '../../support/seeded-api.ts';

let api: SeededApi;
let planId: string;
beforeAll(async () => {
  api = await createSeededApi();
});
afterAll(() => api.stop());
beforeEach(() => {
  planId = `plan-${randomUUID().slice(0, 8)}`;
});

const content = (limit: number, more: object = {}) => ({
  name: 'Team',
  allowances: [{ feature: 'aiRequest', limit, interval: 'month' }],
  ...more,
});
const put = (body: object, ifMatch?: string) =>
  call('putPlan', {
    key: api.adminKey,
    path: { planId },
    body,
    ...(ifMatch !== undefined && { headers: { 'if-match': ifMatch } }),
  });
const get = (query = {}) => call('getPlan', { key: api.serviceKey, path: { planId }, query });
const version = (number: number) =>
  call('getPlanVersion', { key: api.serviceKey, path: { planId, version: String(number) } });
const versions = (query: Record<string, string> = {}) =>
  call('listPlanVersions', { key: api.serviceKey, path: { planId }, query });
const restore = (number: number, ifMatch?: string) =>
  call('restorePlanVersion', {
    key: api.adminKey,
    path: { planId, version: String(number) },
    ...(ifMatch !== undefined && { headers: { 'if-match': ifMatch } }),
  });

describe('an optional field of a plan', () => {
  const price = () => `price_${planId.replace('-', '')}`;
  const thresholds = { warning: 50, critical: 60 };

  test('that an edit omits stays unchanged', async () => {
    await put(content(1, { prices: { monthly: price() }, thresholds }));
    const edited = await put(content(2));
    expect(edited.body).toMatchObject({ version: 2, prices: { monthly: price() }, thresholds });
  });

  test('that is null is removed, and frees its price for another plan', async () => {
    await put(content(1, { prices: { monthly: price() }, thresholds }));
    const edited = await put(content(1, { prices: null, thresholds: null }));
    expect(edited.body).toMatchObject({ version: 2, thresholds: { warning: 80, critical: 95 } });
    expect(edited.body).not.toHaveProperty('prices');
    const prices = { monthly: price() };
    planId = `${planId}-b`;
    expect((await put(content(1, { prices }))).status).toBe(201);
  });

  test('is null in a plan that does not exist yet', async () => {
    const created = await put(content(1, { prices: null, thresholds: null }));
    expect(created).toMatchObject({ status: 201, body: { version: 1 } });
    expect(created.body).not.toHaveProperty('prices');
  });
});

describe('If-Match', () => {
  test('is the ETag of an answer: of a read, an edit, a version and a restore', async () => {
    expect((await put(content(1))).headers.ETag).toBe('"1"');
    expect((await put(content(2))).headers.ETag).toBe('"2"');
    expect((await get()).headers.ETag).toBe('"2"');
    expect((await version(1)).headers.ETag).toBe('"1"');
    expect((await restore(1)).headers.ETag).toBe('"3"');
  });

  test('permits an edit of the version it names, and of no other', async () => {
    await put(content(1));
    expect(await put(content(2), '"1"')).toMatchObject({ status: 200, body: { version: 2 } });
    const late = await put(content(3), '"1"');
    expect(late).toMatchObject({ status: 412, body: { code: 'version_mismatch', version: 2 } });
    expect(late.headers.ETag).toBe('"2"');
    expect((await get({ consistent: 'true' })).body).toMatchObject({
      version: 2,
      allowances: [{ limit: 2 }],
    });
    expect((await restore(1, '"1"')).status).toBe(412);
    expect((await restore(1, '"2"')).body).toMatchObject({ version: 3, allowances: [{ limit: 1 }] });
  });

  test.each([
    ['one of several', '"7", "1"', 200],
    ['a weak tag', 'W/"1"', 200],
    ['any version', '*', 200],
    ['another version', '"2"', 412],
    ['a tag that is no version', '"abc"', 412],
    ['an empty tag', '""', 412],
  ])('accepts %s', async (_, tags, status) => {
    await put(content(1));
    expect((await put(content(2), tags)).status).toBe(status);
  });

  test.each(['*', '"1"'])('%s creates no plan', async (tags) => {
    expect(await put(content(1), tags)).toMatchObject({
      status: 412,
      body: { code: 'version_mismatch', version: null },
    });
    expect((await get()).status).toBe(404);
  });

  test('of an edit that is retried after a lost answer: it is done', async () => {
    await put(content(1));
    await put(content(2), '"1"');
    expect(await put(content(2), '"1"')).toMatchObject({ status: 200, body: { version: 2 } });
  });

  test('permits one of many concurrent edits of the same version', async () => {
    await put(content(1));
    const edits = await Promise.all([2, 3, 4, 5, 6].map((limit) => put(content(limit), '"1"')));
    expect(edits.map(({ status }) => status).sort()).toEqual([200, 412, 412, 412, 412]);
    expect((await versions()).body.versions).toHaveLength(2);
  });
});

describe('If-None-Match: *', () => {
  const create = (limit: number) =>
    call('putPlan', {
      key: api.adminKey,
      path: { planId },
      body: content(limit),
      headers: { 'if-none-match': '*' },
    });

  test('creates a plan, and edits no existing one', async () => {
    expect(await create(1)).toMatchObject({ status: 201, body: { version: 1 } });
    expect(await create(2)).toMatchObject({
      status: 412,
      body: { code: 'version_mismatch', version: 1 },
      headers: { ETag: '"1"' },
    });
    expect((await get({ consistent: 'true' })).body).toMatchObject({
      version: 1,
      allowances: [{ limit: 1 }],
    });
  });

  test('of a creation that is retried after a lost answer: it is done', async () => {
    await create(1);
    expect(await create(1)).toMatchObject({ status: 200, body: { version: 1 } });
  });

  test('permits one of many concurrent creations of the same plan', async () => {
    const creations = await Promise.all([1, 2, 3, 4, 5].map(create));
    expect(creations.map(({ status }) => status).sort()).toEqual([201, 412, 412, 412, 412]);
  });
});

describe('the versions of a plan', () => {
  test('are all listed, the newest first, page by page', async () => {
    for (let limit = 1; limit <= 12; limit += 1) await put(content(limit));
    const listed: number[] = [];
    let cursor: string | null = null;
    do {
      const page: Awaited<ReturnType<typeof versions>> = await versions({
        limit: '5',
        ...(cursor !== null && { cursor }),
      });
      expect(page).toMatchObject({ status: 200, body: { planId } });
      listed.push(...page.body.versions.map((one: { version: number }) => one.version));
      cursor = page.body.nextCursor;
    } while (cursor !== null);
    expect(listed).toEqual([12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1]);
  });

  test('are read unchanged, one by one', async () => {
    await put(content(1, { thresholds: { warning: 50, critical: 60 } }));
    const before = (await version(1)).body;
    await put(content(2, { thresholds: null }));
    expect((await version(1)).body).toEqual(before);
    expect(before).toMatchObject({
      version: 1,
      allowances: [{ limit: 1 }],
      thresholds: { warning: 50, critical: 60 },
    });
  });

  test('that never existed are 404', async () => {
    expect(await versions()).toMatchObject({ status: 404, body: { code: 'unknown_plan' } });
    expect(await version(1)).toMatchObject({ status: 404, body: { code: 'unknown_plan_version' } });
    expect(await restore(1)).toMatchObject({ status: 404, body: { code: 'unknown_plan_version' } });
    await put(content(1));
    expect(await version(2)).toMatchObject({ status: 404, body: { code: 'unknown_plan_version' } });
    expect(await restore(2)).toMatchObject({ status: 404, body: { code: 'unknown_plan_version' } });
  });
});

describe('restoring a version', () => {
  test('makes its content the next version, without later fields', async () => {
    await put(content(1));
    await put(content(2, { prices: { monthly: `price_${randomUUID().slice(0, 8)}` } }));
    const restored = await restore(1);
    expect(restored).toMatchObject({ status: 200, body: { version: 3, allowances: [{ limit: 1 }] } });
    expect(restored.body).not.toHaveProperty('prices');
    expect((await get({ consistent: 'true' })).body).toMatchObject({ version: 3 });
    expect((await restore(2)).body).toMatchObject({ version: 4, allowances: [{ limit: 2 }] });
  });

  test('creates no version if it is the newest, or like the newest', async () => {
    await put(content(1));
    await put(content(2));
    await restore(1);
    for (const number of [1, 3]) {
      expect(await restore(number)).toMatchObject({ status: 200, body: { version: 3 } });
    }
  });

  test('takes no price that another plan has by now', async () => {
    const price = `price_${randomUUID().slice(0, 8)}`;
    await put(content(1, { prices: { monthly: price } }));
    await put(content(1, { prices: null }));
    const own = planId;
    planId = `${own}-b`;
    await put(content(5, { prices: { monthly: price } }));
    planId = own;
    const refused = await restore(1);
    expect(refused).toMatchObject({ status: 409, body: { code: 'price_taken' } });
    expect(refused.body.detail).toContain(`${price} belongs to the plan "${own}-b"`);
    expect((await get({ consistent: 'true' })).body).toMatchObject({ version: 2 });
  });
});
