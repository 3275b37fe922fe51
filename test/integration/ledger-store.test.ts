import { randomUUID } from 'node:crypto';
import { BatchWriteCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Table } from '../../shared/adapters/dynamodb/dynamodb.ts';
import { consume } from '../../shared/usecases/quota/consume.ts';
import { untilAnswered } from '../support/patient-caller.ts';
import { units } from '../support/sample-account.ts';
import { createTestService, type TestService } from '../support/service.ts';

let service: TestService;
beforeAll(async () => {
  service = await createTestService();
});
afterAll(() => service.table.drop());

/** Accepts at most `count` items of a batch, as DynamoDB may, and returns the rest as unprocessed. */
function takingOnly(count: number, client: Table['client']): Table['client'] {
  const send = async (command: unknown) => {
    if (!(command instanceof BatchWriteCommand)) return Reflect.apply(client.send, client, [command]);
    const [[name, requests] = ['', []]] = Object.entries(command.input.RequestItems ?? {});
    const taken = requests.slice(0, count);
    if (taken.length > 0) await client.send(new BatchWriteCommand({ RequestItems: { [name]: taken } }));
    return { UnprocessedItems: { [name]: requests.slice(count) } };
  };
  return { send } as Table['client']; // the one method that stores call
}

async function useFiveTimes(): Promise<{ userId: string; keys: string[] }> {
  const userId = randomUUID();
  const keys = Array.from({ length: 5 }, (_, index) => `order-${index}`);
  for (const key of keys) {
    await untilAnswered(
      (idempotencyKey) => consume(service, { userId, amounts: units(1), idempotencyKey }),
      key,
    );
  }
  return { userId, keys };
}

describe('Nothing lost', () => {
  it('of a batch that DynamoDB takes in parts: the rest is sent again', async () => {
    const { userId, keys } = await useFiveTimes();
    await service.over(takingOnly(1, service.table.documentClient)).project();
    const versions = (await service.ledger.newest(userId, 10)).map(({ version }) => version);
    expect(versions).toEqual([5, 4, 3, 2, 1]);
    const records = await Promise.all(keys.map((key) => service.ledger.findRecord(userId, key)));
    expect(records.map((record) => record?.version)).toEqual([1, 2, 3, 4, 5]);
  });

  it('of a batch that DynamoDB never takes: the projector fails, and Lambda retries it', async () => {
    const { userId } = await useFiveTimes();
    await expect(service.over(takingOnly(0, service.table.documentClient)).project()).rejects.toThrow(
      'were not written',
    );
    expect(await service.ledger.newest(userId, 10)).toEqual([]);
    await service.project();
    expect(await service.ledger.newest(userId, 10)).toHaveLength(5);
  });
});
