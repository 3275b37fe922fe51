import { randomUUID } from 'node:crypto';
import { GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { Redis } from '@upstash/redis';
import Stripe from 'stripe';
import { startStripeSimulator } from 'stripe-simulator';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { attempt } from '../../shared/adapters/dynamodb/dynamodb.ts';
import { AnswerLost, Unavailable } from '../../shared/domain/faults.ts';
import { APPLIED, FAULTS, type Fault, NO_FAULTS } from '../support/fault-proxy/fault.ts';
import { startFaultProxy } from '../support/fault-proxy/fault-proxy.ts';
import { STRIPE, UPSTASH } from '../support/fault-proxy/protocol.ts';
import { type ProxiedTable, proxyTable } from '../support/fault-proxy/proxied-table.ts';
import { isWrite, seededFaults } from '../support/fault-proxy/seeded-faults.ts';
import { redisAddress } from '../support/redis.ts';
import { createTestTable, type TestTable } from '../support/table.ts';

let table: TestTable;
let proxied: ProxiedTable;
let pk: string;

beforeAll(async () => {
  table = await createTestTable();
});
beforeEach(() => {
  pk = randomUUID();
});
afterEach(() => proxied?.stop());
afterAll(() => table.drop());

/** Increments a counter. */
const count = (key = pk) =>
  attempt(() =>
    proxied.client.send(
      new UpdateCommand({
        TableName: proxied.name,
        Key: { pk: key, sk: 'COUNT' },
        UpdateExpression: 'ADD n :one',
        ExpressionAttributeValues: { ':one': 1 },
      }),
    ),
  );
const counted = async () => {
  const { Item } = await table.documentClient.send(
    new GetCommand({ TableName: table.tableName, Key: { pk, sk: 'COUNT' }, ConsistentRead: true }),
  );
  return Number(Item?.n ?? 0);
};
const errorOf = (call: Promise<unknown>) =>
  call.then(
    () => undefined,
    (error: unknown) => error,
  );

describe('the fault proxy in front of DynamoDB', () => {
  it('forwards everything, and records the requests', async () => {
    proxied = await proxyTable(table);
    await count();
    expect(await counted()).toBe(1);
    expect(proxied.proxy.requests).toMatchObject([{ number: 1, operation: 'UpdateItem', fault: undefined }]);
  });

  it.each<[Fault]>(FAULTS.map((fault) => [fault]))(
    '%s: the table is changed or not as stated, and the store never confuses the two',
    async (fault) => {
      const isSilent = fault === 'dropped' || fault === 'silent after';
      proxied = await proxyTable(table, {
        plan: () => fault,
        delayMs: 20,
        ...(isSilent && { requestTimeoutMs: 500 }),
      });
      const error = await errorOf(count());
      const isApplied = APPLIED.includes(fault);
      await vi.waitFor(async () => expect(await counted()).toBe(isApplied ? 1 : 0), { timeout: 10_000 });
      if (fault === 'late') expect(error).toBeUndefined();
      else if (fault === 'throttled' || fault === 'conflict') expect(error).toBeInstanceOf(Unavailable);
      else expect(error).toBeInstanceOf(AnswerLost);
    },
  );

  it('an unreadable answer to a rejection is a lost answer, not a fault of the request', async () => {
    proxied = await proxyTable(table, { plan: () => 'malformed' });
    const refused = () =>
      attempt(() =>
        proxied.client.send(
          new UpdateCommand({
            TableName: proxied.name,
            Key: { pk, sk: 'COUNT' },
            UpdateExpression: 'ADD n :one',
            ConditionExpression: 'attribute_exists(pk)',
            ExpressionAttributeValues: { ':one': 1 },
          }),
        ),
      );
    expect(await errorOf(refused())).toBeInstanceOf(AnswerLost);
    proxied.proxy.follow(() => 'truncated');
    expect(await errorOf(refused())).toBeInstanceOf(AnswerLost);
  });

  it('limits writes to one key, and no others', async () => {
    proxied = await proxyTable(table, { writeUnitsPerKey: 10 });
    const hot = await Promise.all(Array.from({ length: 40 }, () => errorOf(count())));
    const refused = hot.filter((error) => error instanceof Unavailable).length;
    expect(refused).toBe(proxied.proxy.requests.filter(({ fault }) => fault === 'throttled').length);
    expect(refused).toBeGreaterThan(0);
    expect(await counted()).toBe(40 - refused);
    await Promise.all(Array.from({ length: 20 }, () => count(randomUUID())));
  });

  it('does the same to the same requests for the same seed, and differs for another', async () => {
    const fatesOf = async (seed: number) => {
      const plan = seededFaults({
        seed,
        probability: 0.5,
        faults: ['throttled', 'error before', 'reset after'],
      });
      proxied = await proxyTable(table, { plan });
      for (let requests = 0; requests < 40; requests += 1) await errorOf(count());
      await proxied.stop();
      return proxied.proxy.requests.map(({ fault }) => fault);
    };
    const first = await fatesOf(1);
    expect(await fatesOf(1)).toEqual(first);
    expect(await fatesOf(2)).not.toEqual(first);
    expect(new Set(first).size).toBe(4);
  });

  it('distinguishes writes from reads', async () => {
    proxied = await proxyTable(table, {
      plan: seededFaults({ seed: 1, probability: 1, faults: ['throttled'], only: isWrite }),
    });
    const get = new GetCommand({ TableName: table.tableName, Key: { pk, sk: 'COUNT' } });
    await proxied.client.send(get);
    expect(await errorOf(count())).toBeInstanceOf(Unavailable);
    proxied.proxy.follow(NO_FAULTS);
    await count();
  });
});

describe('the fault proxy in front of others', () => {
  it('Redis: commands are forwarded, rejected with its own errors, or executed with their answer lost', async () => {
    const { url, token } = redisAddress();
    const proxy = await startFaultProxy({ upstream: url, protocol: UPSTASH });
    const redis = new Redis({ url: proxy.url, token, retry: { retries: 0 }, enableAutoPipelining: false });
    const key = randomUUID();
    await redis.set(key, 1);
    proxy.follow(() => 'reset after');
    expect(await errorOf(redis.incr(key))).toBeInstanceOf(Error);
    proxy.follow(() => 'throttled');
    expect(String(await errorOf(redis.incr(key)))).toContain('max requests limit');
    proxy.follow(NO_FAULTS);
    expect(await redis.get(key)).toBe(2);
    expect(proxy.requests.map(({ operation }) => operation.toUpperCase())).toEqual([
      'SET',
      'INCR',
      'INCR',
      'GET',
    ]);
    await proxy.stop();
  });

  it('Stripe: a 429 has a Retry-After, and applied requests stay applied', async () => {
    const simulator = await startStripeSimulator();
    const proxy = await startFaultProxy({ upstream: simulator.url, protocol: STRIPE });
    const { port } = new URL(proxy.url);
    const stripe = new Stripe(simulator.secretKey, {
      host: '127.0.0.1',
      port,
      protocol: 'http',
      telemetry: false,
      maxNetworkRetries: 0,
    });
    proxy.follow(() => 'throttled');
    const error = await errorOf(stripe.customers.create({}));
    expect(error).toBeInstanceOf(Stripe.errors.StripeRateLimitError);
    expect(error).toHaveProperty('headers.retry-after', '1');
    proxy.follow(() => 'reset after');
    expect(await errorOf(stripe.customers.create({}))).toBeInstanceOf(Stripe.errors.StripeConnectionError);
    proxy.follow(NO_FAULTS);
    expect((await stripe.customers.list()).data).toHaveLength(1);
    await proxy.stop();
    await simulator.stop();
  });
});
