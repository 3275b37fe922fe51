import { QueryCommand } from '@aws-sdk/lib-dynamodb';
import { INDEX } from '../../contract.ts';
import { attempt, type Table } from './dynamodb.ts';
import { userIdOf } from './keys.ts';

/** Accounts in which something is due, by shard. Idle accounts are not in it. */
export class DueIndex {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  /** Users of one shard with something due at or before `now` (epoch ms), the longest due first, at most `limit`. */
  async due(shard: number, now: number, limit: number): Promise<string[]> {
    const command = new QueryCommand({
      TableName: this.#table.name,
      IndexName: INDEX.due.name,
      KeyConditionExpression: 'k = :shard AND d <= :now',
      ExpressionAttributeValues: { ':shard': shard, ':now': now },
      Limit: limit,
    });
    const { Items = [] } = await attempt(() => this.#table.client.send(command));
    return Items.map((item) => userIdOf(String(item.pk)));
  }
}
