import { BatchWriteItemCommand, paginateScan, type WriteRequest } from '@aws-sdk/client-dynamodb';
import { TABLE } from '../../shared/contract.ts';
import { localDynamoDB } from './local-dynamodb.ts';
import { createTestTable, type TestTable } from './table.ts';

/**
 * A new table with the present items of another one, as a restore makes it: with its keys and indexes,
 * without its stream, its TTL, its protection and its point-in-time recovery.
 *
 * Source: "Restoring a DynamoDB table to a point in time", Amazon DynamoDB Developer Guide.
 */
export async function restoreTable({ endpoint, tableName }: TestTable): Promise<TestTable> {
  const restored = await createTestTable({ ttl: false });
  const client = localDynamoDB(endpoint);
  // In the JSON of the API: no number is rounded.
  for await (const { Items = [] } of paginateScan(
    { client, pageSize: TABLE.batchPuts },
    { TableName: tableName, ConsistentRead: true },
  )) {
    const writes: WriteRequest[] = Items.map((Item) => ({ PutRequest: { Item } }));
    if (writes.length === 0) continue;
    await client.send(new BatchWriteItemCommand({ RequestItems: { [restored.tableName]: writes } }));
  }
  client.destroy();
  return restored;
}
