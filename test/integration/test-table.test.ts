import { GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { expect, test } from 'vitest';
import { createTestTable } from '../support/table.ts';

test('each test file gets a real table of its own', async () => {
  const [mine, other] = await Promise.all([createTestTable(), createTestTable()]);
  const Key = { pk: 'ACCOUNT#1', sk: 'ACCOUNT' };
  await mine.documentClient.send(new PutCommand({ TableName: mine.tableName, Item: { ...Key, version: 1 } }));
  const read = async ({ documentClient, tableName }: typeof mine) =>
    (await documentClient.send(new GetCommand({ TableName: tableName, Key }))).Item;
  expect(await read(mine)).toEqual({ ...Key, version: 1 });
  expect(await read(other)).toBeUndefined();
  await Promise.all([mine.drop(), other.drop()]);
});
