import { QueryCommand } from '@aws-sdk/lib-dynamodb';
import { attempt, type Table } from './dynamodb.ts';

/** A page of a list; `next` is where the following one begins. */
export interface RecordPage<T> {
  readonly items: readonly T[];
  readonly next: string | undefined;
}

/** The page that a caller requests. */
export interface PageRequest {
  readonly limit: number;
  /** `next` of the previous page; `undefined`: the first page. */
  readonly after: string | undefined;
}

/** The part of an item collection that is requested. */
export interface PageAsked extends PageRequest {
  readonly pk: string;
  /** The common prefix of the sort keys; empty: all. */
  readonly prefix: string;
  /** By sort key. @default descending */
  readonly order?: 'ascending' | 'descending';
}

/** A page of the items whose sort keys begin with the prefix. Consistent. */
export async function readPage<T>(
  table: Table,
  { pk, prefix, limit, after, order = 'descending' }: PageAsked,
  decode: (item: Record<string, unknown>) => T,
): Promise<RecordPage<T>> {
  const command = new QueryCommand({
    TableName: table.name,
    KeyConditionExpression: prefix === '' ? 'pk = :pk' : 'pk = :pk AND begins_with(sk, :prefix)',
    ExpressionAttributeValues: { ':pk': pk, ...(prefix !== '' && { ':prefix': prefix }) },
    ScanIndexForward: order === 'ascending',
    ConsistentRead: true,
    Limit: limit,
    ...(after !== undefined && { ExclusiveStartKey: { pk, sk: prefix + after } }),
  });
  const { Items = [], LastEvaluatedKey } = await attempt(() => table.client.send(command));
  const last = LastEvaluatedKey && String(LastEvaluatedKey.sk);
  return { items: Items.map(decode), next: last?.slice(prefix.length) };
}
