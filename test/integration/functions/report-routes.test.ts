import { randomUUID } from 'node:crypto';
import { BatchWriteCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ALERTS } from '../../../shared/adapters/dynamodb/active-shards.ts';
import { dayMarkKey } from '../../../shared/adapters/dynamodb/keys.ts';
import { UsageStore } from '../../../shared/adapters/dynamodb/usage-store.ts';
import { INDEX } from '../../../shared/contract.ts';
import { type DateRange, datesIn } from '../../../shared/domain/date-range.ts';
import { type ApiAnswer, call, httpEvent, lambdaContext, loadHandler } from '../../support/api.ts';
import { createSeededApi, type SeededApi } from '../../support/seeded-api.ts';

const FEATURE = 'aiRequest';
let api: SeededApi;
beforeAll(async () => {
  api = await createSeededApi();
  const usage = new UsageStore({ client: api.table.documentClient, name: api.table.tableName });
  const write = (userId: string, date: string, used: number, planId: string) =>
    usage.setDay({
      userId,
      feature: FEATURE,
      date,
      planId,
      lifetimeBefore: 0n,
      lifetime: BigInt(used),
      firstVersion: 1,
      version: 1,
      hours: new Map([[12, BigInt(used)]]),
    });
  await write('anna', '2026-11-20', 5, 'free');
  await write('anna', '2026-11-21', 7, 'free');
  await write('ben', '2026-11-21', 11, 'pro');
  await write('carla', '2026-11-21', 11, 'pro');
  for (let user = 0; user < 30; user += 1) await write(`user-${user}`, '2026-11-19', 1 + user, 'free');
});
afterAll(() => api.stop());

const ask = (query: Record<string, string>, key = api.adminKey) => call('reportUsage', { key, query });
const DAY = { from: '2026-11-21', to: '2026-11-21' };

/** Marks every shard as having content on these days, for each feature and the alerts. */
async function markEverything(range: DateRange): Promise<void> {
  const shards = new Set(Array.from({ length: INDEX.top.shards }, (_, shard) => String(shard)));
  const items = datesIn(range).flatMap((date) =>
    [FEATURE, 'storage', 'upload', ALERTS].map((subject) => ({ ...dayMarkKey(subject, date), shards })),
  );
  for (let from = 0; from < items.length; from += 25) {
    const puts = items.slice(from, from + 25).map((Item) => ({ PutRequest: { Item } }));
    await api.table.documentClient.send(
      new BatchWriteCommand({ RequestItems: { [api.table.tableName]: puts } }),
    );
  }
}

/** The raw answer, when it is not JSON. */
async function askText(query: Record<string, string>) {
  const handler = await loadHandler('reports/handler');
  const event = await httpEvent('reportUsage', { key: api.adminKey, query });
  return (await handler(event, lambdaContext('reports/handler'))) as {
    statusCode: number;
    headers: Record<string, string>;
    body: string;
  }; // every HTTP handler returns one
}

describe('the usage report', () => {
  test('is available in JSON', async () => {
    const { status, body } = await ask(DAY);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      ...DAY,
      before: { from: '2026-11-20', to: '2026-11-20' },
      activeUsers: { value: 3, before: 1, change: 2, changePercent: 200 },
      features: [
        {
          type: FEATURE,
          used: { value: 29, before: 5 },
          // No CloudWatch here.
          exceeded: null,
          top: [
            { userId: 'ben', used: 11, planId: 'pro' },
            { userId: 'carla', used: 11, planId: 'pro' },
            { userId: 'anna', used: 7, planId: 'free' },
          ],
        },
      ],
      plans: [
        { planId: 'free', features: [{ type: FEATURE, used: { value: 7, before: 5 } }] },
        { planId: 'pro', features: [{ type: FEATURE, used: { value: 22, before: 0, changePercent: null } }] },
      ],
      days: [{ date: '2026-11-21', activeUsers: 3, alerts: 0 }],
    });
    expect(api.log.lines).toContainEqual(
      expect.objectContaining({ message: expect.stringContaining('lacks') }),
    );
  });

  test('is available as a table', async () => {
    const { statusCode, headers, body } = await askText({ ...DAY, format: 'csv' });
    expect(statusCode).toBe(200);
    expect(headers).toMatchObject({
      'Content-Type': 'text/csv; charset=utf-8',
      'Content-Disposition': 'attachment; filename="usage-2026-11-21-2026-11-21.csv"',
      'Cache-Control': 'no-store',
    });
    expect(body).toContain('2026-11-21,2026-11-21,feature,,aiRequest,,,,used,29,5,\r\n');
  });

  test('is available as a page without scripts', async () => {
    const { statusCode, headers, body } = await askText({ ...DAY, format: 'html' });
    expect(statusCode).toBe(200);
    expect(headers['Content-Type']).toBe('text/html; charset=utf-8');
    expect(headers['Content-Security-Policy']).toContain("default-src 'none'");
    expect(body).toContain('Saturday');
    expect(body).toContain('carla');
  });

  test('of more days than a request can sum up is refused with the days that fit', async () => {
    await markEverything({ from: '2019-01-02', to: '2020-12-31' });
    const { status, body } = await ask({ from: '2020-01-01', to: '2020-12-31' });
    expect(status).toBe(400);
    // 24,000 queries: range and comparison, 16 shards of three features and of the alerts.
    expect(body).toMatchObject({ code: 'range_too_large', maxDays: 187 });
  });

  test('of a year with next to no usage is returned', async () => {
    const { status, body } = await ask({ from: '2025-11-22', to: '2026-11-22' });
    expect(status).toBe(200);
    expect(body.activeUsers).toMatchObject({ value: 33, before: 0 });
  });

  test.each([
    [{ from: '2026-11-22', to: '2026-11-21' }, 'from'],
    [{ from: '2025-11-21', to: '2026-11-22' }, 'from'],
    [{ from: '2026-11-31' }, 'from'],
    [{ to: 'yesterday' }, 'to'],
    [{ format: 'pdf' }, 'format'],
    [{ days: '3' }, 'days'],
  ])('refuses %j', async (query, path) => {
    const { status, body } = await ask(query as Record<string, string>); // a row has the keys it has
    expect(status).toBe(400);
    expect(JSON.stringify(body.errors)).toContain(path);
  });

  test('is for administrators', async () => {
    expect((await ask(DAY, api.serviceKey)).status).toBe(403);
    expect((await call('getTopUsers', { key: api.serviceKey, query: { type: FEATURE } })).status).toBe(403);
  });
});

describe('the top users', () => {
  const top = async (query: Record<string, string>): Promise<ApiAnswer> =>
    call('getTopUsers', { key: api.adminKey, query: { type: FEATURE, ...query } });

  test('of a day, in descending order, equals by their ids', async () => {
    const { status, body } = await top({ period: '2026-11-21' });
    expect(status).toBe(200);
    expect(body).toEqual({
      type: FEATURE,
      period: '2026-11-21',
      users: [
        { userId: 'ben', used: 11, planId: 'pro' },
        { userId: 'carla', used: 11, planId: 'pro' },
        { userId: 'anna', used: 7, planId: 'free' },
      ],
    });
  });

  test('up to the requested number, out of all shards', async () => {
    const { body } = await top({ period: '2026-11-19', limit: '25' });
    expect(body.users.map(({ used }: { used: number }) => used)).toEqual(
      Array.from({ length: 25 }, (_, index) => 30 - index),
    );
    expect((await top({ period: '2026-11-19' })).body.users).toHaveLength(10);
  });

  test('of a calendar month', async () => {
    const usage = new UsageStore({ client: api.table.documentClient, name: api.table.tableName });
    const [december, userId] = [Date.parse('2026-12-01T00:00:00Z'), randomUUID()];
    const counter = {
      interval: 'month',
      limit: 100,
      granted: 0,
      used: 42,
      held: 0,
      remaining: 58,
      lifetime: 42,
      enforced: true,
      periodStart: Date.parse('2026-11-01T00:00:00Z'),
      periodEnd: december,
    } as const;
    await usage.setPeriod({ userId, feature: FEATURE, counter, version: 1, planId: 'free' });
    expect((await top({ period: '2026-11' })).body.users).toEqual([{ userId, used: 42, planId: null }]);
    expect((await top({ period: '2026-12' })).body.users).toEqual([]);
  });

  test('of today, empty', async () => {
    const { body } = await top({});
    expect(body).toEqual({ type: FEATURE, period: new Date().toISOString().slice(0, 10), users: [] });
    expect((await top({ type: 'nothing', period: '2026-11-21' })).body.users).toEqual([]);
  });

  test.each([
    [{ period: '2026-13' }, 'period'],
    [{ period: '2026-02-30' }, 'period'],
    [{ period: 'month' }, 'period'],
    [{ limit: '0' }, 'limit'],
    [{ limit: '101' }, 'limit'],
    [{ type: 'A B' }, 'type'],
  ])('refuses %j', async (query, path) => {
    const { status, body } = await top(query as Record<string, string>); // as above
    expect(status).toBe(400);
    expect(body.errors).toMatchObject([{ path }]);
  });
});
