import { randomUUID } from 'node:crypto';
import { GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MemoryCache } from '../../shared/adapters/cache/memory-cache.ts';
import { createDynamoDb } from '../../shared/adapters/dynamodb/dynamodb.ts';
import { rateBucketKey } from '../../shared/adapters/dynamodb/keys.ts';
import { RateBucketStore } from '../../shared/adapters/dynamodb/rate-bucket-store.ts';
import { Fault } from '../../shared/domain/faults.ts';
import { type RateLimit, takeTokens } from '../../shared/domain/rate-limit.ts';
import type { KeyLease } from '../../shared/usecases/keys/key-lease.ts';
import { LEASE_CACHE, limitRate } from '../../shared/usecases/keys/limit-rate.ts';
import { serveLocally } from '../support/local-server.ts';
import { meterRequests } from '../support/request-meter.ts';
import { createTestTable, type TestTable } from '../support/table.ts';

const NOW = 1_800_000_000_000;
let table: TestTable;
let meter: ReturnType<typeof meterRequests>;
beforeAll(async () => {
  table = await createTestTable();
  meter = meterRequests(table.documentClient);
});
afterAll(() => table.drop());

/** A busy test machine gets more time than in production. */
const store = () => new RateBucketStore({ client: table.documentClient, name: table.tableName }, 30_000);

describe('a bucket in the table', () => {
  it('takes exactly as takeTokens does', async () => {
    const take = fc.record({
      gapMs: fc.integer({ min: -200, max: 2_000 }),
      wanted: fc.integer({ min: 1, max: 12 }),
      remembered: fc.nat(),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 9 }),
        fc.array(take, { maxLength: 12 }),
        async (rate, takes) => {
          const limit = { requestsPerSecond: rate, burst: 2 * rate };
          const keyId = randomUUID();
          let [now, expected] = [NOW, 0];
          const states = [0];
          for (const { gapMs, wanted, remembered } of takes) {
            now += gapMs;
            const grant = await store().take(keyId, limit, {
              wanted,
              fullAt: states[remembered % states.length] ?? 0,
              now,
            });
            expect(grant).toEqual(takeTokens(expected, limit, wanted, now));
            expected = grant.fullAt;
            states.push(expected);
          }
        },
      ),
      { numRuns: 40 },
    );
  });

  it('is one write while it is in use or full as at the last grant, and deleted a day after it is full', async () => {
    const limit: RateLimit = { requestsPerSecond: 10, burst: 600 };
    const keyId = randomUUID();
    const oneWrite = [{ command: 'UpdateItemCommand', units: 1 }];
    meter.take();
    const first = await store().take(keyId, limit, { wanted: 5, fullAt: 0, now: NOW });
    expect(meter.take()).toEqual(oneWrite);
    await store().take(keyId, limit, { wanted: 5, fullAt: first.fullAt, now: NOW + 10 });
    expect(meter.take()).toEqual(oneWrite);
    await store().take(keyId, limit, { wanted: 5, fullAt: first.fullAt, now: NOW + 60_000 });
    expect(meter.take()).toEqual(oneWrite);
    const { Item } = await table.documentClient.send(
      new GetCommand({ TableName: table.tableName, Key: rateBucketKey(keyId) }),
    );
    const fullAtSeconds = Item?.fullAt / 1e6;
    expect(Item?.ttl).toBeGreaterThan(fullAtSeconds + 86_400);
    expect(Item?.ttl).toBeLessThan(NOW / 1_000 + 60 + 60 + 2 * 86_400);
  });

  it('of a limit that was lowered is empty until the new limit has refilled it', async () => {
    const keyId = randomUUID();
    const now = NOW;
    await table.documentClient.send(
      new PutCommand({
        TableName: table.tableName,
        Item: { ...rateBucketKey(keyId), fullAt: (now + 5_000) * 1_000 },
      }),
    );
    const limit: RateLimit = { requestsPerSecond: 10, burst: 10 };
    expect(await store().take(keyId, limit, { wanted: 1, fullAt: 0, now })).toMatchObject({
      code: 'empty',
      retryAt: now + 4_100,
    });
  });
});

describe('a table that does not answer', () => {
  it('costs one request a second of a limited key at most 300 ms, and rejects none within the rate', async () => {
    const hung = await serveLocally(() => new Promise(() => {}));
    const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
    const client = createDynamoDb({ endpoint: hung.url, region: 'eu-central-1', credentials });
    const faults: unknown[] = [];
    const now = Date.now;
    const deps = {
      now,
      rateBuckets: new RateBucketStore({ client, name: 'hung' }),
      leases: new MemoryCache<KeyLease>(LEASE_CACHE.capacity, LEASE_CACHE.ttlMs, now),
      onFault: (error: unknown) => faults.push(error),
    };
    const startedAt = performance.now();
    for (let sent = 0; sent < 20; sent += 1)
      expect((await limitRate(deps, 'key', { requestsPerSecond: 20, burst: 20 })).code).toBe('admitted');
    expect(performance.now() - startedAt).toBeLessThan(900);
    expect(faults).toEqual([expect.any(Fault)]);
    await hung.stop();
  });
});
