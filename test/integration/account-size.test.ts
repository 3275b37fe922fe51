import { randomUUID } from 'node:crypto';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toAccountItem } from '../../shared/adapters/dynamodb/account-codec.ts';
import { consume } from '../../shared/usecases/quota/consume.ts';
import { itemSizeBytes } from '../support/item-size.ts';
import { meterRequests } from '../support/request-meter.ts';
import { createTestService, type TestService } from '../support/service.ts';
import { typicalAccount } from '../support/typical-account.ts';
import { uuidV7 } from '../support/uuid-v7.ts';

let service: TestService;
let meter: ReturnType<typeof meterRequests>;

beforeAll(async () => {
  service = await createTestService({ stream: false });
  meter = meterRequests(service.table.documentClient);
});
afterAll(() => service.table.drop());

const put = (item: object) =>
  service.table.documentClient.send(
    new PutCommand({ TableName: service.table.tableName, Item: { ...item } }),
  );

describe('the size of an account', () => {
  it('is measured by this suite as DynamoDB does: 1,024 bytes are one unit, 1,025 are two', async () => {
    const { k: _shard, ...item } = toAccountItem(typicalAccount(randomUUID(), service.now()));
    const bytes = itemSizeBytes(marshall(item));
    const filler = (size: number) => ({ ...item, z: 'x'.repeat(size - bytes - 1) });
    await put(filler(1_024));
    await put(filler(1_025));
    expect(meter.take().map(({ units }) => units)).toEqual([1, 2]);
  });

  it('with 4 features and 16 operations keeps a consume at one write unit', async () => {
    // Its last change is in the past: a change dated ahead of our clock would cost a read.
    const account = typicalAccount(randomUUID(), service.now() - 1_000);
    await put(toAccountItem(account));
    meter.take();
    const request = { amounts: new Map([['aiRequest', 1]]), idempotencyKey: uuidV7(service.now()) };
    expect((await consume(service, { userId: account.userId, ...request })).code).toBe('changed');
    expect(meter.take()).toEqual([{ command: 'UpdateItemCommand', units: 1 }]);
  });
});
