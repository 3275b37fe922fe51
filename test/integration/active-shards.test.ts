import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ActiveShards } from '../../shared/adapters/dynamodb/active-shards.ts';
import type { Table } from '../../shared/adapters/dynamodb/dynamodb.ts';
import { topShard } from '../../shared/adapters/dynamodb/top-partition.ts';
import { UsageStore } from '../../shared/adapters/dynamodb/usage-store.ts';
import { meterRequests } from '../support/request-meter.ts';
import { createTestTable, type TestTable } from '../support/table.ts';

const DATE = '2026-11-22';
const DAY = { from: DATE, to: DATE };

let table: TestTable;
let store: Table;
beforeAll(async () => {
  table = await createTestTable({ stream: false });
  store = { client: table.documentClient, name: table.tableName };
});
afterAll(() => table.drop());

const dayOf = (userId: string, feature: string, version = 1) => ({
  userId,
  feature,
  date: DATE,
  planId: 'free',
  lifetimeBefore: 0n,
  lifetime: BigInt(version),
  firstVersion: 1,
  version,
  hours: new Map([[12, BigInt(version)]]),
});
const aFeature = () => `f${randomUUID().replaceAll('-', '')}`;

describe('a mark', () => {
  it('lists the shards with content of a day', async () => {
    const [feature, usage] = [aFeature(), new UsageStore(store)];
    const users = Array.from({ length: 5 }, () => randomUUID());
    await Promise.all(users.map((userId) => usage.setDay(dayOf(userId, feature))));
    const marks = new ActiveShards(store);
    expect(await marks.ofDays(feature, DAY)).toEqual(new Map([[DATE, new Set(users.map(topShard))]]));
    expect(await marks.ofDays(feature, { from: '2026-11-01', to: '2026-11-21' })).toEqual(new Map());
    expect(await marks.ofDays(aFeature(), DAY)).toEqual(new Map());
  });

  it('is written once per environment, however many uses arrive at once', async () => {
    const [feature, userId, usage] = [aFeature(), randomUUID(), new UsageStore(store)];
    const meter = meterRequests(table.documentClient);
    await Promise.all([1, 2, 3].map((version) => usage.setDay(dayOf(userId, feature, version))));
    const first = meter.take().length;
    await usage.setDay(dayOf(userId, feature, 4));
    expect({ first, later: meter.take().length }).toEqual({ first: 3 + 1, later: 1 });
  });

  it('is written before its content, and retried after a failure', async () => {
    const [feature, userId] = [aFeature(), randomUUID()];
    let isAway = true;
    const send = (command: { input: { Key?: { pk?: string } } }) =>
      isAway && command.input.Key?.pk?.startsWith('DAYS#')
        ? Promise.reject(new Error('the table is away'))
        : table.documentClient.send(command as never); // any command
    const usage = new UsageStore({ ...store, client: { send: send as never } }); // as above
    await expect(usage.setDay(dayOf(userId, feature))).rejects.toThrow();
    expect(await usage.days(userId, feature, DATE, DATE)).toEqual([]);

    isAway = false;
    await usage.setDay(dayOf(userId, feature));
    expect(await usage.days(userId, feature, DATE, DATE)).toHaveLength(1);
    expect((await new ActiveShards(store).ofDays(feature, DAY)).get(DATE)).toEqual(
      new Set([topShard(userId)]),
    );
  });
});
