import { QueryCommand } from '@aws-sdk/lib-dynamodb';
import { attempt, type Table } from './dynamodb.ts';
import { dayUsageKey } from './keys.ts';

/** What a user used of a feature on one UTC day. */
export interface DayUsage {
  /** `2026-11-22` */
  readonly date: string;
  readonly used: number;
}

/** Usage of days and periods: written by the projector, read by everybody else. */
export class UsageStore {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  /** A feature's days from `from` to `to` (dates, both included), oldest first. Days without use are absent. */
  async days(userId: string, feature: string, from: string, to: string): Promise<DayUsage[]> {
    const { pk, sk } = dayUsageKey(userId, feature, from);
    const command = new QueryCommand({
      TableName: this.#table.name,
      KeyConditionExpression: 'pk = :pk AND sk BETWEEN :from AND :to',
      ExpressionAttributeValues: { ':pk': pk, ':from': sk, ':to': dayUsageKey(userId, feature, to).sk },
    });
    const { Items = [] } = await attempt(() => this.#table.client.send(command));
    return Items.map((item) => ({ date: String(item.sk).slice(-10), used: Number(item.used) }));
  }
}
