import { DeleteTableCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { TableProtection } from '../../shared/adapters/dynamodb/table-protection.ts';
import { createTestTable, type TestTable } from '../support/table.ts';

let table: TestTable;
beforeAll(async () => {
  table = await createTestTable();
});
afterAll(() => table.drop());

test('a protected table cannot be deleted; enabling the protection again changes nothing', async () => {
  const { documentClient: client, tableName: name } = table;
  const sent: string[] = [];
  const send = (command: object) => {
    sent.push(command.constructor.name);
    return Reflect.apply(client.send, client, [command]);
  };
  const protection = new TableProtection({ client: { send }, name });
  await protection.enable();
  await protection.enable();
  expect(sent).toEqual(['DescribeTableCommand', 'UpdateTableCommand', 'DescribeTableCommand']);
  await expect(client.send(new DeleteTableCommand({ TableName: name }))).rejects.toThrow(
    'protected against deletion',
  );
});
