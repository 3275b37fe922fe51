import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { DateRange } from '../../domain/date-range.ts';
import type { UsedShards } from '../../domain/reports/usage-tally.ts';
import { attempt, type Table } from './dynamodb.ts';
import { dayMarkKey } from './keys.ts';
import { queryAll } from './query-all.ts';

/** Alerts are marked among features, whose names begin with a small letter. */
export const ALERTS = 'ALERT';

/**
 * The shards of the index *top* with content of a day: one small item per feature and day, and one per day
 * for the alerts. A mark is written before its content, so a shard without one is empty and needs no query.
 */
export class ActiveShards {
  readonly #table: Table;
  /** Written by this environment; marks are permanent. */
  readonly #written = new Map<string, Promise<void>>();

  constructor(table: Table) {
    this.#table = table;
  }

  /** Must be awaited before content enters a shard. Writes the first time, then nothing. */
  set(subject: string, date: string, shard: number): Promise<void> {
    const mark = `${subject}#${date}#${shard}`;
    const known = this.#written.get(mark);
    if (known) return known;
    const written = this.#write(subject, date, shard).catch((error: unknown) => {
      this.#written.delete(mark);
      throw error;
    });
    this.#written.set(mark, written);
    return written;
  }

  /** The shards marked on each day of a range; days without any are absent. */
  async ofDays(subject: string, { from, to }: DateRange): Promise<UsedShards> {
    const { pk, sk } = dayMarkKey(subject, from);
    const items = await queryAll(this.#table, {
      KeyConditionExpression: 'pk = :pk AND sk BETWEEN :from AND :to',
      ExpressionAttributeValues: { ':pk': pk, ':from': sk, ':to': dayMarkKey(subject, to).sk },
      // Everything visible in the index was marked before.
      ConsistentRead: true,
    });
    return new Map(
      items.map(({ sk, shards }) => [String(sk), new Set([...(shards as Set<string>)].map(Number))]),
    ); // written by `#write`
  }

  async #write(subject: string, date: string, shard: number): Promise<void> {
    const command = new UpdateCommand({
      TableName: this.#table.name,
      Key: { ...dayMarkKey(subject, date) },
      UpdateExpression: 'ADD shards :shard',
      ExpressionAttributeValues: { ':shard': new Set([String(shard)]) },
    });
    await attempt(() => this.#table.client.send(command));
  }
}
