import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeAdminKey } from '../../../infra/admin-key/make-admin-key.ts';
import { ApiKeyStore } from '../../../shared/adapters/dynamodb/api-key-store.ts';
import { METRICS } from '../../../shared/contract.ts';
import { keyIdOf } from '../../../shared/domain/api-key.ts';
import { call } from '../../support/api.ts';
import { createSeededApi, type SeededApi } from '../../support/seeded-api.ts';

let api: SeededApi;
beforeAll(async () => {
  api = await createSeededApi();
});
afterAll(() => api.stop());

const published = (metric: string) =>
  api.log.lines.filter((line) => metric in line).map((line) => line[metric]);

test('made-up keys are counted: the first at once, a flood of them in a line for ten seconds', async () => {
  for (let sent = 0; sent < 40; sent += 1) await call('listPlans', { key: `qk_${sent}` });
  await call('listPlans', { key: 'not a key' });
  const counts = published(METRICS.keys.unknown);
  expect(counts[0]).toBe(1);
  expect(counts.length).toBeLessThanOrEqual(2);
});

test('a key that exists is not counted as unknown, valid or revoked', async () => {
  const before = published(METRICS.keys.unknown).length;
  const { body } = await call('createApiKey', { key: api.adminKey, body: { name: 'k', scopes: ['read'] } });
  await call('revokeApiKey', { key: api.adminKey, path: { keyId: body.keyId } });
  expect((await call('listPlans', { key: body.key })).status).toBe(401);
  expect(published(METRICS.keys.unknown)).toHaveLength(before);
});

test('the age of the first admin key is published while it is used, once in many uses, with its id', async () => {
  const before = published(METRICS.keys.firstAdminKeyAgeDays).length;
  for (let sent = 0; sent < 20; sent += 1) await call('listPlans', { key: api.adminKey });
  expect(published(METRICS.keys.firstAdminKeyAgeDays)).toEqual([0]);
  expect(before).toBeLessThanOrEqual(1);
  const [line] = api.log.lines.filter((each) => METRICS.keys.firstAdminKeyAgeDays in each);
  expect(line).toMatchObject({ keyId: keyIdOf(api.adminKey), message: 'first admin key used' });
});

test('no other key publishes an age: neither the first service key nor an admin key of the operator', async () => {
  const { recordFirstKey } = await import('../../../functions/runtime/telemetry/record-keys.ts');
  const apiKeys = new ApiKeyStore({ client: api.table.documentClient, name: api.table.tableName });
  const service = await apiKeys.find(keyIdOf(api.serviceKey));
  const { body } = await call('createApiKey', {
    key: api.adminKey,
    body: { name: 'adminKey', scopes: ['admin'] },
  });
  expect((await apiKeys.find(body.keyId))?.isFirst).toBeUndefined();
  expect(service?.isFirst).toBe(true);
  api.log.lines.length = 0;
  if (service) recordFirstKey(service, Date.now() + 86_400_000);
  expect(api.log.lines).toEqual([]);
});

test('a deployment of this release marks the first keys of an older one', async () => {
  const { UpdateCommand } = await import('@aws-sdk/lib-dynamodb');
  const apiKeys = new ApiKeyStore({ client: api.table.documentClient, name: api.table.tableName });
  const keyId = keyIdOf(api.adminKey);
  await api.table.documentClient.send(
    new UpdateCommand({
      TableName: api.table.tableName,
      Key: { pk: `KEY#${keyId}`, sk: 'KEY' },
      UpdateExpression: 'REMOVE #key.isFirst',
      ExpressionAttributeNames: { '#key': 'key' },
    }),
  );
  await api.seed();
  expect(await apiKeys.find(keyId)).toMatchObject({
    isFirst: true,
    scopes: expect.arrayContaining(['admin']),
  });
});

test('a key made with AWS credentials is an admin key that expires; the first one stays, or is revoked', async () => {
  const table = { client: api.table.documentClient, name: api.table.tableName };
  const options = { name: 'console', days: 7, revokesFirst: false };
  const made = await makeAdminKey(table, options, Date.now);
  expect(await new ApiKeyStore(table).find(made.keyId)).toMatchObject({
    name: 'console',
    scopes: ['admin'],
    expiresAt: made.expiresAt,
  });
  expect(made.expiresAt - Date.now()).toBeGreaterThan(6.9 * 86_400_000);
  expect((await call('listJobRuns', { key: made.key, path: { name: 'quota-reset' } })).status).toBe(200);
  expect((await call('listPlans', { key: api.adminKey })).status).toBe(200);
  const other = await makeAdminKey(table, { ...options, revokesFirst: true }, Date.now);
  expect(other.revoked).toBe(keyIdOf(api.adminKey));
  expect((await call('listPlans', { key: api.adminKey })).status).toBe(401);
  await api.seed();
  expect((await call('listPlans', { key: api.adminKey })).status).toBe(401);
});
