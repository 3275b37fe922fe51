import { QueryCommand } from '@aws-sdk/lib-dynamodb';
import { INDEX } from '../../contract.ts';
import { attempt, type Table } from './dynamodb.ts';
import { type ItemKey, userIdOf } from './keys.ts';

/** A key of the index and its table. */
export type DuePosition = Readonly<Record<string, unknown>>;

/** Keys of items in a shard of the index. `next` is where the following page begins; absent on the last. */
export interface ShardPage {
  readonly keys: readonly ItemKey[];
  readonly next: DuePosition | undefined;
}

export interface ShardQuery {
  readonly shard: number;
  /** Epoch ms: items due at or before it. */
  readonly until: number;
  readonly limit: number;
  readonly after?: DuePosition | undefined;
}

/** Queries a page of a shard of the index *due*, the longest due first. */
export async function queryShard(
  { client, name }: Table,
  { shard, until, limit, after }: ShardQuery,
): Promise<ShardPage> {
  const command = new QueryCommand({
    TableName: name,
    IndexName: INDEX.due.name,
    KeyConditionExpression: `${INDEX.due.partitionKey} = :shard AND ${INDEX.due.sortKey} <= :until`,
    ExpressionAttributeValues: { ':shard': shard, ':until': until },
    Limit: limit,
    ...(after && { ExclusiveStartKey: after }),
  });
  const { Items = [], LastEvaluatedKey } = await attempt(() => client.send(command));
  return { keys: Items.map(({ pk, sk }) => ({ pk: String(pk), sk: String(sk) })), next: LastEvaluatedKey };
}

/** `next` is where the following page begins; absent on the last. */
export interface DuePage {
  readonly userIds: readonly string[];
  readonly next: DuePosition | undefined;
}

/** Accounts with something due, by shard. Idle accounts are not indexed. */
export class DueIndex {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  /**
   * Users of one shard with something due at or before `now` (epoch ms), the longest due first, at most
   * `limit`. Users that enter or leave between two pages hide no other: a page begins after a key.
   */
  async due(shard: number, now: number, limit: number, after?: DuePosition): Promise<DuePage> {
    const { keys, next } = await queryShard(this.#table, { shard, until: now, limit, after });
    return { userIds: keys.map(({ pk }) => userIdOf(pk)), next };
  }
}
