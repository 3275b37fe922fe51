import { QueryCommand } from '@aws-sdk/lib-dynamodb';
import { INDEX } from '../../contract.ts';
import { attempt, type Table } from './dynamodb.ts';
import { userIdOf } from './keys.ts';
import { topPartition } from './top-partition.ts';

/** An item as the index *top* shows it. */
export interface TopEntry {
  readonly userId: string;
  /** The sort key of the item itself. */
  readonly item: string;
  /** What the index sorts by: units used. */
  readonly used: number;
  /** The plan of that day; only days say it. */
  readonly planId?: string;
}

/** The index *top*: who used how much of a feature on a day or in a period. It lags the table by moments. */
export class TopIndex {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  /** The largest entries of one shard, the largest first, at most `limit`. */
  async largest(subject: string, shard: number, limit: number): Promise<TopEntry[]> {
    const { entries } = await this.#page(subject, shard, { Limit: limit });
    return entries;
  }

  /** Every entry of one shard, the largest first: a page of up to 1 MB at a time, the next when it is asked for. */
  async *pages(subject: string, shard: number): AsyncGenerator<TopEntry[]> {
    for (let after: Record<string, unknown> | undefined; ; ) {
      const { entries, last } = await this.#page(subject, shard, { ExclusiveStartKey: after });
      if (entries.length > 0) yield entries;
      if (!last) return;
      after = last;
    }
  }

  async #page(
    subject: string,
    shard: number,
    bounds: { Limit?: number; ExclusiveStartKey?: Record<string, unknown> | undefined },
  ): Promise<{ entries: TopEntry[]; last: Record<string, unknown> | undefined }> {
    const command = new QueryCommand({
      TableName: this.#table.name,
      IndexName: INDEX.top.name,
      KeyConditionExpression: '#top = :top',
      ExpressionAttributeNames: { '#top': INDEX.top.partitionKey },
      ExpressionAttributeValues: { ':top': topPartition(subject, shard) },
      ScanIndexForward: false,
      ...bounds,
    });
    const { Items = [], LastEvaluatedKey } = await attempt(() => this.#table.client.send(command));
    return { entries: Items.map(toEntry), last: LastEvaluatedKey };
  }
}

function toEntry({ pk, sk, used, planId }: Record<string, unknown>): TopEntry {
  return {
    userId: userIdOf(String(pk)),
    item: String(sk),
    used: Number(used),
    ...(planId !== undefined && { planId: String(planId) }),
  };
}
