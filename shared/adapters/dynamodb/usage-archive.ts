import { TABLE } from '../../contract.ts';
import type { UsageRecord } from '../../domain/archive/usage-record.ts';
import { addDays } from '../../domain/date-range.ts';
import type { Table } from './dynamodb.ts';
import { expireItems } from './expire-items.ts';
import {
  dayUsageKey,
  endOfUsageSeries,
  periodUsageKey,
  type UsageSeries,
  usageRange,
  usageSeriesOf,
} from './keys.ts';
import { queryAll } from './query-all.ts';
import { fromUsageItem, usageKey } from './usage-codec.ts';

/** Usage of days before a date, and of periods that ended by its beginning (epoch ms). */
export interface UsageCutoff {
  readonly date: string;
  readonly instant: number;
}

/** The oldest part of the usage: days and periods that are to be archived. */
export class UsageArchive {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  /**
   * A user's usage before the cutoff that does not expire yet, by feature. It reads one item of each series
   * to see whether the series begins before the cutoff, and then only what is before it.
   */
  async due(userId: string, cutoff: UsageCutoff): Promise<UsageRecord[]> {
    const { pk, from, to } = usageRange(userId);
    const due: UsageRecord[] = [];
    for (let start = from; ; ) {
      const [first] = await this.#query({ pk, from: start, to }, 1);
      if (!first) return due;
      const series = usageSeriesOf(String(first.sk));
      const last = lastDue(userId, series, cutoff);
      if (String(first.sk) <= last) {
        const items = await this.#query({ pk, from: String(first.sk), to: last });
        due.push(...items.filter((item) => item[TABLE.ttl] === undefined).map(fromUsageItem));
      }
      start = endOfUsageSeries(series);
    }
  }

  /**
   * Lets DynamoDB delete at most `TABLE.batchPuts` items from `expireAt` (epoch ms) on, except those that
   * have changed since they were read. Idempotent.
   */
  async expire(records: readonly UsageRecord[], expireAt: number): Promise<void> {
    const items = records.map((record) => ({ key: usageKey(record), version: record.version }));
    await expireItems(this.#table, items, expireAt);
  }

  #query({ pk, from, to }: { pk: string; from: string; to: string }, limit?: number) {
    return queryAll(
      this.#table,
      {
        KeyConditionExpression: 'pk = :pk AND sk BETWEEN :from AND :to',
        ExpressionAttributeValues: { ':pk': pk, ':from': from, ':to': to },
      },
      limit,
    );
  }
}

/** The last sort key of a series that is before the cutoff, or equal to it for a period's end. */
function lastDue(userId: string, { feature, interval }: UsageSeries, { date, instant }: UsageCutoff): string {
  if (interval !== undefined) return periodUsageKey(userId, feature, interval, instant).sk;
  return dayUsageKey(userId, feature, addDays(date, -1)).sk;
}
