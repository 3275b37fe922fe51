import { randomUUID } from 'node:crypto';
import {
  BatchWriteItemCommand,
  CreateTableCommand,
  DescribeTableCommand,
  type DynamoDBClient,
  paginateScan,
  type WriteRequest,
} from '@aws-sdk/client-dynamodb';
import { TABLE } from '../../shared/contract.ts';
import { openTestTable, type TestTable } from './table.ts';

/**
 * A new table with the present items of another one, as a restore makes it: with its keys and indexes,
 * without its stream, its TTL, its protection and its point-in-time recovery.
 *
 * Source: "Restoring a DynamoDB table to a point in time", Amazon DynamoDB Developer Guide.
 */
export async function restoreTable({
  endpoint,
  tableName,
}: Pick<TestTable, 'endpoint' | 'tableName'>): Promise<TestTable> {
  const restored = openTestTable(endpoint, `restored-${randomUUID()}`);
  const { client } = restored;
  const { Table } = await client.send(new DescribeTableCommand({ TableName: tableName }));
  await client.send(
    new CreateTableCommand({
      TableName: restored.tableName,
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: Table?.KeySchema,
      AttributeDefinitions: Table?.AttributeDefinitions,
      GlobalSecondaryIndexes: Table?.GlobalSecondaryIndexes?.map(({ IndexName, KeySchema, Projection }) => ({
        IndexName,
        KeySchema,
        Projection,
      })),
    }),
  );
  await copyItems(client, tableName, restored.tableName);
  return restored;
}

/** In the JSON of the API: no number is rounded. */
async function copyItems(client: DynamoDBClient, from: string, to: string): Promise<void> {
  const pages = paginateScan(
    { client, pageSize: TABLE.batchPuts },
    { TableName: from, ConsistentRead: true },
  );
  for await (const { Items = [] } of pages) {
    const writes: WriteRequest[] = Items.map((Item) => ({ PutRequest: { Item } }));
    if (writes.length === 0) continue;
    const { UnprocessedItems } = await client.send(
      new BatchWriteItemCommand({ RequestItems: { [to]: writes } }),
    );
    if (Object.keys(UnprocessedItems ?? {}).length > 0)
      throw new Error(`${to} took only a part of the items`);
  }
}
