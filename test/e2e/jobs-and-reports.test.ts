import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { STANDARD_JOBS } from '../../shared/contract.ts';
import { addDays, dateOf } from '../../shared/domain/date-range.ts';
import { adminApi } from '../support/admin-api.ts';
import { useLocalStack } from '../support/local-stack.ts';

const DAY_MS = 86_400_000;
/** The console output of `npm start`. */
const printed: string[] = [];
const stack = useLocalStack({ announce: (line) => printed.push(line) });
let today: string;

// Usage counts for its day: a day that ends within this file would split the figures.
beforeAll(async () => {
  const leftMs = DAY_MS - (Date.now() % DAY_MS);
  if (leftMs < 60_000) await sleep(leftMs);
  today = dateOf(Date.now());
});

const { call, run, runsOf } = adminApi(stack);
const report = (query: Record<string, string>) =>
  call(`/v1/admin/reports/usage?${new URLSearchParams(query)}`);
const quotaOf = async (userId: string) => (await call(`/v1/users/${userId}/quota?consistent=true`)).body;
const usedOf = async (userId: string, type: string) =>
  (await quotaOf(userId)).features.find((feature: { type: string }) => feature.type === type).balance.used;

/** A figure beside nothing the day before. */
const since = (value: number) => ({ value, before: 0, change: value, changePercent: value === 0 ? 0 : null });
const used = (type: string, value: number) => ({ type, used: since(value) });

test('subscription-sync finds changes without a webhook', async () => {
  const lose = { method: 'POST', body: JSON.stringify({ lose: 1 }) };
  await fetch(`${stack().stripeUrl}/_simulator/delivery-plan`, lose);
  const pages = { successUrl: 'http://localhost:3000/paid', cancelUrl: 'http://localhost:3000/plans' };
  const session = await call('/v1/billing/checkout-sessions', {
    body: { userId: 'ben', planId: 'pro', ...pages },
  });
  // As the button on the page does.
  await fetch(session.body.url, { method: 'POST', body: '', redirect: 'manual' });
  expect(await quotaOf('ben')).toMatchObject({ plan: { id: 'free' } });

  const { state, counts } = await run('subscription-sync', { force: true });
  expect(state).toBe('succeeded');
  expect(counts).toMatchObject({ failed: 0, changed: 1, drifted: 0, unknownUsers: 0, unknownPrices: 0 });
  expect(await quotaOf('ben')).toMatchObject({ plan: { id: 'pro' } });
});

describe('the report of used and denied units', () => {
  const consume = async (userId: string, type: string, amount: number) =>
    (await call('/v1/quota/consume', { body: { userId, type, amount } })).status;

  test('has the figures of every feature, plan, level and day', async () => {
    await call('/v1/users/dora/plan', { body: { planId: 'pro' } });
    const statuses = [
      await consume('ben', 'aiRequest', 100),
      await consume('ben', 'aiRequest', 200),
      await consume('anna', 'aiRequest', 60),
      await consume('anna', 'aiRequest', 40),
      await consume('anna', 'aiRequest', 1),
      await consume('anna', 'aiRequest', 1),
      await consume('carla', 'upload', 1),
      await consume('carla', 'upload', 10),
      await consume('dora', 'aiRequest', 20),
      await consume('dora', 'upload', 3),
    ];
    expect(statuses).toEqual([200, 200, 200, 200, 429, 429, 200, 429, 200, 200]);
    const yesterday = addDays(today, -1);
    const expected = {
      from: today,
      to: today,
      timeZone: 'UTC',
      before: { from: yesterday, to: yesterday },
      complete: false,
      activeUsers: since(4),
      features: [
        {
          ...used('aiRequest', 420),
          activeUsers: since(3),
          exceeded: since(2),
          peak: null,
          top: [
            { userId: 'ben', used: 300, planId: 'pro' },
            { userId: 'anna', used: 100, planId: 'free' },
            { userId: 'dora', used: 20, planId: 'pro' },
          ],
        },
        {
          ...used('upload', 4),
          activeUsers: since(2),
          exceeded: since(1),
          peak: null,
          top: [
            { userId: 'dora', used: 3, planId: 'pro' },
            { userId: 'carla', used: 1, planId: 'free' },
          ],
        },
      ],
      plans: [
        { planId: 'free', activeUsers: since(2), features: [used('aiRequest', 100), used('upload', 1)] },
        { planId: 'pro', activeUsers: since(2), features: [used('aiRequest', 320), used('upload', 3)] },
      ],
      alerts: [{ level: 'exhausted', type: 'aiRequest', count: since(1) }],
      days: [
        {
          date: today,
          activeUsers: 4,
          alerts: 1,
          features: [
            { type: 'aiRequest', used: 420, exceeded: 2, peak: null },
            { type: 'upload', used: 4, exceeded: 1, peak: null },
          ],
        },
      ],
    };
    // It follows the stream.
    await vi.waitFor(async () => expect((await report({ from: today, to: today })).body).toEqual(expected), {
      timeout: 60_000,
      interval: 200,
    });
  });

  test('has the same figures in a table, and shows them on a page', async () => {
    const table = await report({ from: today, to: today, format: 'csv' });
    expect(table.headers.get('content-type')).toBe('text/csv; charset=utf-8');
    const lines = table.text.split('\r\n').map((line) => line.replace(`${today},${today},`, ''));
    for (const line of [
      'total,,,,,,activeUsers,4,0,',
      'feature,,aiRequest,,,,used,420,0,',
      'feature,,aiRequest,,,,exceeded,2,0,',
      'feature,,upload,,,,exceeded,1,0,',
      'plan,,aiRequest,pro,,,used,320,0,',
      'alert,,aiRequest,,,exhausted,alerts,1,0,',
      `day,${today},upload,,,,used,4,,`,
      'top,,aiRequest,pro,ben,,used,300,,',
    ]) {
      expect(lines).toContain(line);
    }
    const page = await report({ from: today, to: today, format: 'html' });
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(page.text).toContain('<b title="420">420</b>');
  });

  test('lists the top users, of a day and of a month, up to the requested number', async () => {
    const top = async (query: string) => (await call(`/v1/admin/top-users?${query}`)).body;
    expect(await top('type=aiRequest&limit=2')).toEqual({
      type: 'aiRequest',
      period: today,
      users: [
        { userId: 'ben', used: 300, planId: 'pro' },
        { userId: 'anna', used: 100, planId: 'free' },
      ],
    });
    expect((await top(`type=aiRequest&period=${today.slice(0, 7)}`)).users).toEqual([
      { userId: 'ben', used: 300, planId: null },
      { userId: 'anna', used: 100, planId: null },
      { userId: 'dora', used: 20, planId: null },
    ]);
  });

  test.each([
    ['reports/usage?from=2026-11-22&to=2026-11-21', 'from'],
    ['reports/usage?from=2026-02-30', 'from'],
    ['reports/usage?to=yesterday', 'to'],
    ['reports/usage?format=pdf', 'format'],
    ['top-users', 'type'],
    ['top-users?type=aiRequest&period=2026-13', 'period'],
    ['top-users?type=aiRequest&limit=0', 'limit'],
  ])('refuses %s and names the field', async (path, field) => {
    const { status, body } = await call(`/v1/admin/${path}`);
    expect({ status, code: body.code }).toEqual({ status: 400, code: 'invalid_request' });
    expect(body.errors).toMatchObject([{ path: field }]);
  });
});

describe('a job that is started over HTTP', () => {
  test('quota-reset with force resets the given features of its one user', async () => {
    const record = await run('quota-reset', { userId: 'dora', types: ['upload'], force: true });
    expect(record).toMatchObject({
      state: 'succeeded',
      counts: { processed: 1, failed: 0, reset: 1, alreadyDone: 0 },
    });
    expect(await usedOf('dora', 'upload')).toBe(0);
    expect(await usedOf('dora', 'aiRequest')).toBe(20);
    expect(await usedOf('carla', 'upload')).toBe(1);
  });

  test('quota-reset of all users resets no user with an open period', async () => {
    const record = await run('quota-reset', { types: ['aiRequest', 'upload'] });
    expect(record).toMatchObject({ state: 'succeeded', counts: { processed: 0, failed: 0, rolledOver: 0 } });
    expect(await usedOf('anna', 'aiRequest')).toBe(100);
  });

  test('quota-monitor checks all active users, and publishes nothing again', async () => {
    const record = await run('quota-monitor');
    expect(record).toMatchObject({
      state: 'succeeded',
      counts: { failed: 0, raised: 0, recovered: 0, told: 0, untold: 0 },
    });
    // For some of the four, this hour of the rotation checks them too.
    expect([4, 5, 6, 7, 8]).toContain(record.counts.processed);
  });

  test('usage-report stores three files, readable here, and publishes where they are', async () => {
    const record = await run('usage-report', { date: today });
    expect(record).toMatchObject({ state: 'succeeded', counts: { processed: 3, failed: 0 } });

    const kept = printed.flatMap((line) => /^object (http:\S+)$/.exec(line)?.[1] ?? []);
    const stem = `reports/usage/${today.replaceAll('-', '/')}`;
    const [page, table, json] = await Promise.all(
      ['html', 'csv', 'json'].map(async (format) => {
        const url = kept.find((one) => one.endsWith(`/${stem}.${format}`)) ?? 'nothing was stored';
        const answer = await fetch(url);
        return { url, type: answer.headers.get('content-type'), text: await answer.text() };
      }),
    );
    expect([page?.type, table?.type, json?.type]).toEqual([
      'text/html; charset=utf-8',
      'text/csv; charset=utf-8',
      'application/json',
    ]);
    expect(page?.text).toMatch(/AI request[\s\S]+Upload/);
    expect(page?.text).not.toMatch(/<script|<link|<img|<iframe|@import|url\((?!#)/i);
    const elsewhere = page?.text.match(/https?:\/\/(?!www\.w3\.org\/)/g);
    expect(elsewhere).toBeNull();
    expect(table?.text).toContain(`${today},${today},feature,,aiRequest,,,,used,420,0,\r\n`);
    expect(JSON.parse(json?.text ?? '').day).toEqual((await report({ from: today, to: today })).body);

    const subject = `Usage on ${today}: 4 active users, 1 alerts`;
    expect(printed).toContainEqual(expect.stringContaining(`notice ${subject}: Active users: 4`));
    const messages = Object(await (await fetch(`${stack().controlUrl}/events`)).json());
    const message = messages.events.find(({ title }: { title: string }) => title === subject);
    const { host } = new URL(stack().controlUrl);
    expect(message.body.detail.address).toBe(page?.url.replace(`http://${host}/`, 's3://'));
    expect(message.body.text).toContain(`${stem}.html`);
    expect(message.body.text).toContain('Denied calls: 3');
  });
});

describe('an edited plan', () => {
  const team = (limit: number, more: object = {}) => ({
    body: { name: 'Team', allowances: [{ feature: 'storage', limit, interval: 'never' }], ...more },
  });
  const edit = (limit: number, headers = {}) =>
    call('/v1/plans/team', { method: 'PUT', headers, ...team(limit) });

  test('reaches its users: raised limits before a denial, lowered ones by the rollout', async () => {
    await edit(10);
    for (const userId of ['tom', 'tim']) await call(`/v1/users/${userId}/plan`, { body: { planId: 'team' } });
    const use = async (amount: number) =>
      (await call('/v1/quota/consume', { body: { userId: 'tom', type: 'storage', amount } })).status;
    expect(await use(10)).toBe(200);
    expect((await edit(12)).status).toBe(200);
    await sleep(1_100);
    expect(await use(2)).toBe(200);
    expect(await use(1)).toBe(429);

    await edit(4);
    expect(await run('plan-rollout', { planId: 'team', dryRun: true })).toMatchObject({
      state: 'succeeded',
      counts: { processed: 2, outdated: 2, overLimit: 1 },
    });
    expect(await run('plan-rollout', { planId: 'team' })).toMatchObject({
      state: 'succeeded',
      counts: { moved: 2, failed: 0, overLimit: 1 },
    });
    expect(await quotaOf('tim')).toMatchObject({
      plan: { version: 3 },
      features: [{ balance: { limit: 4 } }],
    });
    expect(await quotaOf('tom')).toMatchObject({ features: [{ balance: { limit: 4, remaining: -8 } }] });
  });

  test('is edited on the version that was read, and can be restored', async () => {
    const { headers } = await call('/v1/plans/team?consistent=true');
    expect(headers.get('etag')).toBe('"3"');
    expect((await edit(5, { 'if-match': '"2"' })).status).toBe(412);
    expect((await edit(5, { 'if-match': '"3"' })).body).toMatchObject({ version: 4 });
    expect((await call('/v1/plans/team/versions/2/restore', { method: 'POST' })).body).toMatchObject({
      version: 5,
      allowances: [{ limit: 12 }],
    });
    expect((await call('/v1/plans/team/versions')).body.versions).toHaveLength(5);
  });
});

test('ledger-audit finds that every account of this file agrees with its ledger', async () => {
  const { state, counts, errors } = await run('ledger-audit');
  expect({ state, errors }).toEqual({ state: 'succeeded', errors: [] });
  expect(counts).toMatchObject({ failed: 0, findings: 0, behind: 0 });
  expect(counts.processed).toBeGreaterThanOrEqual(4);
});

test('a schedule that is fired on demand leaves a record like any other run', async () => {
  const url = `${stack().controlUrl}/schedules/subscription-sync-hourly`;
  const fired = Object(await (await fetch(url, { method: 'POST' })).json());
  expect(fired).toMatchObject({ kind: 'returned', result: { state: 'succeeded' } });
  const record = (await runsOf('subscription-sync')).find(({ runId }) => runId === fired.result.id);
  expect(record).toMatchObject({
    state: 'succeeded',
    trigger: { kind: 'schedule', schedule: 'hourly' },
    counts: { failed: 0 },
    durationMs: expect.any(Number),
  });
});

test('a key without the scope admin is refused all of it, and no run starts', async () => {
  const requested = async () =>
    (await Promise.all(STANDARD_JOBS.map(runsOf)))
      .flat()
      .filter(({ trigger }) => trigger.kind === 'request')
      .map(({ runId }) => runId);
  const before = await requested();
  expect(before.length).toBeGreaterThanOrEqual(STANDARD_JOBS.length);
  const answers = await Promise.all([
    ...STANDARD_JOBS.map((job) => call(`/v1/admin/jobs/${job}`, { key: 'serviceKey', body: {} })),
    ...STANDARD_JOBS.map((job) => call(`/v1/admin/jobs/${job}/runs`, { key: 'serviceKey' })),
    call('/v1/admin/reports/usage', { key: 'serviceKey' }),
    call('/v1/admin/top-users?type=aiRequest', { key: 'serviceKey' }),
  ]);
  for (const { status, body } of answers) {
    expect({ status, code: body.code }).toEqual({ status: 403, code: 'insufficient_scope' });
  }
  expect(await requested()).toEqual(before);
});
