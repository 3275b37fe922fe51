import { QueryCommand, type QueryCommandInput } from '@aws-sdk/lib-dynamodb';
import { attempt, type Table } from './dynamodb.ts';

/**
 * Every item that a query matches, or the first `limit`, in the query's order. DynamoDB ends a page at 1 MB,
 * whatever was asked for, so the query continues until it has enough or there is no further page.
 *
 * @throws Unavailable, AnswerLost as `attempt`
 */
export async function queryAll(
  table: Table,
  query: Omit<QueryCommandInput, 'TableName' | 'Limit' | 'ExclusiveStartKey'>,
  limit = Number.POSITIVE_INFINITY,
): Promise<Record<string, unknown>[]> {
  const found: Record<string, unknown>[] = [];
  for (let after: Record<string, unknown> | undefined; ; ) {
    const command = new QueryCommand({
      ...query,
      TableName: table.name,
      ...(Number.isFinite(limit) && { Limit: limit - found.length }),
      ...(after && { ExclusiveStartKey: after }),
    });
    const { Items = [], LastEvaluatedKey } = await attempt(() => table.client.send(command));
    found.push(...Items);
    if (!LastEvaluatedKey || found.length >= limit) return found;
    after = LastEvaluatedKey;
  }
}
