import { QueryCommand } from '@aws-sdk/lib-dynamodb';
import { INDEX } from '../../contract.ts';
import { attempt, type Table } from './dynamodb.ts';
import { userIdOf } from './keys.ts';

/** A key of the index and its table. */
export type DuePosition = Readonly<Record<string, unknown>>;

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
    const command = new QueryCommand({
      TableName: this.#table.name,
      IndexName: INDEX.due.name,
      KeyConditionExpression: `${INDEX.due.partitionKey} = :shard AND ${INDEX.due.sortKey} <= :now`,
      ExpressionAttributeValues: { ':shard': shard, ':now': now },
      Limit: limit,
      ...(after && { ExclusiveStartKey: after }),
    });
    const { Items = [], LastEvaluatedKey } = await attempt(() => this.#table.client.send(command));
    return { userIds: Items.map((item) => userIdOf(String(item.pk))), next: LastEvaluatedKey };
  }
}
