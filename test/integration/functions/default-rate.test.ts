import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ENV } from '../../../shared/contract.ts';
import { call } from '../../support/api.ts';
import { createSeededApi, type SeededApi } from '../../support/seeded-api.ts';

let api: SeededApi;
beforeAll(async () => {
  process.env[ENV.keyRequestsPerSecond] = '2';
  api = await createSeededApi();
});
afterAll(() => api.stop());

/** The statuses of requests that a key sends one after the other. */
async function statuses(key: string, count: number): Promise<Set<number>> {
  const path = { userId: randomUUID() };
  const answers: number[] = [];
  for (let sent = 0; sent < count; sent += 1)
    answers.push((await call('getUserUsage', { key, path })).status);
  return new Set(answers);
}

test('the setting keyRequestsPerSecond limits keys without a limit of their own', async () => {
  const create = (limit: object) =>
    call('createApiKey', { key: api.adminKey, body: { name: 'k', scopes: ['read'], ...limit } });
  const own = await create({ requestsPerSecond: 1_000 });
  const other = await create({});
  expect(other.body).not.toHaveProperty('requestsPerSecond');
  expect(await statuses(own.body.key, 20)).toEqual(new Set([200]));
  expect(await statuses(other.body.key, 20)).toEqual(new Set([200, 429]));
});
