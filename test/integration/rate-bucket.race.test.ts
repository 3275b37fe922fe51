import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { RateBucketStore } from '../../shared/adapters/dynamodb/rate-bucket-store.ts';
import type { RateLimit, TokenGrant } from '../../shared/domain/rate-limit.ts';
import { createTestTable, type TestTable } from '../support/table.ts';

const NOW = 1_800_000_000_000;
let table: TestTable;
beforeAll(async () => {
  table = await createTestTable();
});
afterAll(() => table.drop());

/** A busy test machine gets more time than in production. */
const store = () => new RateBucketStore({ client: table.documentClient, name: table.tableName }, 30_000);
const tokensOf = (grants: readonly TokenGrant[]) =>
  grants.reduce((sum, grant) => sum + (grant.code === 'granted' ? grant.tokens : 0), 0);

it.each([
  ['full', 0],
  ['in use', 30],
])('a bucket that is %s grants each token once, to forty environments at once', async (_state, used) => {
  const limit: RateLimit = { requestsPerSecond: 50, burst: 100 };
  const keyId = randomUUID();
  if (used > 0) await store().take(keyId, limit, { wanted: used, fullAt: 0, now: NOW });
  const grants = await Promise.all(
    Array.from({ length: 40 }, () => store().take(keyId, limit, { wanted: 4, fullAt: 0, now: NOW })),
  );
  expect(tokensOf(grants)).toBeLessThanOrEqual(100 - used);
  // A take that meets others at each of its writes gives up, and leaves its tokens.
  const rest = await store().take(keyId, limit, { wanted: 100, fullAt: 0, now: NOW });
  expect(tokensOf([...grants, rest])).toBe(100 - used);
});
