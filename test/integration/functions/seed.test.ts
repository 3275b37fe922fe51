import { DescribeTableCommand } from '@aws-sdk/client-dynamodb';
import { GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ApiKeyStore } from '../../../shared/adapters/dynamodb/api-key-store.ts';
import { LAYOUT, METRICS, PROBES, STANDARD_JOBS } from '../../../shared/contract.ts';
import { keyIdOf } from '../../../shared/domain/api-key.ts';
import { call } from '../../support/api.ts';
import { createSeededApi, type SeededApi } from '../../support/seeded-api.ts';

let api: SeededApi;
beforeAll(async () => {
  api = await createSeededApi();
});
afterAll(() => api.stop());

const mayList = async (key: string) => (await call('listPlans', { key })).status;

test('a fresh deployment has two keys and three plans', async () => {
  const { body } = await call('listPlans', { key: api.serviceKey });
  expect(body.plans.map(({ id, version }: { id: string; version: number }) => `${id} ${version}`)).toEqual([
    'enterprise 1',
    'free 1',
    'pro 1',
  ]);
  expect((await call('putPlan', { key: api.serviceKey, path: { planId: 'pro' }, body: {} })).status).toBe(
    403,
  );
  expect((await call('putPlan', { key: api.adminKey, path: { planId: 'pro' }, body: {} })).status).toBe(400);
  expect(await mayList(api.adminKey)).toBe(200);
});

test('the table is protected against deletion by hand', async () => {
  const { tableName: TableName, documentClient } = api.table;
  const { Table } = await documentClient.send(new DescribeTableCommand({ TableName }));
  expect(Table?.DeletionProtectionEnabled).toBe(true);
});

test('the table has the layout of this release; on another one the deployment fails, and changes nothing', async () => {
  const { tableName: TableName, documentClient } = api.table;
  const { Item } = await documentClient.send(new GetCommand({ TableName, Key: LAYOUT.key }));
  expect(Item).toEqual({ ...LAYOUT.key, layout: LAYOUT.current });
  await api.seed();
  const put = (layout: number) =>
    documentClient.send(new PutCommand({ TableName, Item: { ...LAYOUT.key, layout } }));
  await put(99);
  await expect(api.seed()).rejects.toThrow('the table has layout 99, and this release reads');
  await put(LAYOUT.current);
});

test('jobs count as alive from the deployment on', () => {
  const alive = api.log.lines.filter((line) => METRICS.job.alive in line);
  expect(alive.map(({ job }) => job)).toEqual(expect.arrayContaining([...STANDARD_JOBS]));
});

test('the next run gives the first keys the scopes of this release, and they open billing pages', async () => {
  const open = async (key: string) =>
    (await call('createPortalSession', { key, body: { userId: 'u', returnUrl: 'https://app.example.com/' } }))
      .body.code;
  const allowed = 'billing_not_configured';
  expect([await open(api.adminKey), await open(api.serviceKey)]).toEqual([allowed, allowed]);
  const store = new ApiKeyStore({ client: api.table.documentClient, name: api.table.tableName });
  await store.updateFirst(keyIdOf(api.serviceKey), ['quota', 'read']);
  expect(await open(api.serviceKey)).toBe('insufficient_scope');
  await api.seed();
  expect(await open(api.serviceKey)).toBe(allowed);
});

test('the next run keeps edited plans and revoked keys', async () => {
  const allowances = [{ feature: 'aiRequest', limit: 7, interval: 'month' }];
  await call('putPlan', { key: api.adminKey, path: { planId: 'free' }, body: { name: 'Free', allowances } });
  await call('revokeApiKey', { key: api.adminKey, path: { keyId: keyIdOf(api.serviceKey) } });
  await api.seed();
  expect(await mayList(api.serviceKey)).toBe(401);
  const { body } = await call('getPlan', { key: api.adminKey, path: { planId: 'free' } });
  expect(body).toMatchObject({ version: 2, allowances: [{ limit: 7 }] });
});

const CANARY_KEY = 'the-key-of-the-canary';
const canaryConsumes = async (userId: string) => {
  const body = { userId, type: PROBES.features.plentiful };
  const answer = await call('consumeQuota', { key: CANARY_KEY, body });
  return `${answer.status} ${answer.body.code}`;
};

test("the canary's key may consume units of the canary user, and do nothing else", async () => {
  api.setCanary(JSON.stringify({ canaryKey: CANARY_KEY }));
  api.log.lines.length = 0;
  await api.seed();
  expect(await canaryConsumes(PROBES.canaryUserId)).toBe('200 allowed');
  expect(await canaryConsumes('user-42')).toBe('403 wrong_user');
  expect(await canaryConsumes(`${PROBES.userPrefix}another`)).toBe('403 wrong_user');
  expect(await mayList(CANARY_KEY)).toBe(403);
  // The end of its runs is noticed from the deployment on.
  expect(api.log.lines.filter((line) => METRICS.canary.succeeded in line)).toHaveLength(1);
});

test('a deployment without the secret of its canary succeeds, and names it', async () => {
  api.setCanary(null);
  await api.seed();
  const [line] = api.log.lines.filter(({ level }) => level === 'ERROR');
  expect(line).toMatchObject({ message: expect.stringContaining('the canary has no key') });
  expect(await canaryConsumes(PROBES.canaryUserId)).toBe('200 allowed');
});

test('a deployment without a canary revokes the key of an earlier one', async () => {
  api.setCanary(undefined);
  api.log.lines.length = 0;
  await api.seed();
  expect(await canaryConsumes(PROBES.canaryUserId)).toBe('401 invalid_api_key');
  expect(api.log.lines.filter((line) => METRICS.canary.succeeded in line)).toEqual([]);
});

test('a changed secret takes effect at the next run, and revokes the key before it', async () => {
  api.setSecret(JSON.stringify({ adminKey: 'the-second-admin-key' }));
  await api.seed();
  expect(await mayList('the-second-admin-key')).toBe(200);
  expect(await mayList(api.adminKey)).toBe(401);
  await api.seed();
  expect(await mayList('the-second-admin-key')).toBe(200);
});

test.each([
  '{"adminKey":"short"}',
  '{"serviceKey":"some-service-key"}',
  'not-json-but-secret',
  '{"adminKey":"has a space in it"}',
])('an invalid secret fails the deployment without being logged: %s', async (secret) => {
  api.setSecret(secret);
  const error = await api.seed().then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(Error);
  const text = `${error instanceof Error ? error.message : ''}${JSON.stringify(api.log.lines)}`;
  for (const value of ['short', 'some-service-key', 'not-json-but', 'has a space'])
    expect(text).not.toContain(value);
});

test('the table holds digests, not keys', async () => {
  const { ScanCommand } = await import('@aws-sdk/lib-dynamodb');
  const { Items } = await api.table.documentClient.send(new ScanCommand({ TableName: api.table.tableName }));
  const text = JSON.stringify(Items);
  expect(text).toContain(keyIdOf(api.adminKey));
  expect(text).not.toContain(api.adminKey);
});
