import { QueryCommand } from '@aws-sdk/lib-dynamodb';
import { attempt, type Table } from './dynamodb.ts';

/** A page of what grows without end, the newest first; `next` is where the following one begins. */
export interface RecordPage<T> {
  readonly items: readonly T[];
  readonly next: string | undefined;
}

/** What of an item collection is asked for. */
export interface PageAsked {
  readonly pk: string;
  /** What the sort keys begin with. */
  readonly prefix: string;
  readonly limit: number;
  /** Where the page begins, as the one before said. */
  readonly after: string | undefined;
}

/** A page of the items whose sort keys begin alike, from the last sort key backwards. Consistent. */
export async function readPage<T>(
  table: Table,
  { pk, prefix, limit, after }: PageAsked,
  decode: (item: Record<string, unknown>) => T,
): Promise<RecordPage<T>> {
  const command = new QueryCommand({
    TableName: table.name,
    KeyConditionExpression: 'pk = :pk AND begins_with(sk, :prefix)',
    ExpressionAttributeValues: { ':pk': pk, ':prefix': prefix },
    ScanIndexForward: false,
    ConsistentRead: true,
    Limit: limit,
    ...(after !== undefined && { ExclusiveStartKey: { pk, sk: prefix + after } }),
  });
  const { Items = [], LastEvaluatedKey } = await attempt(() => table.client.send(command));
  const last = LastEvaluatedKey && String(LastEvaluatedKey.sk);
  return { items: Items.map(decode), next: last?.slice(prefix.length) };
}
