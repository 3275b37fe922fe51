import { QueryCommand } from '@aws-sdk/lib-dynamodb';
import { INDEX } from '../../contract.ts';
import { FAR_FUTURE, type Feature, MAX_AMOUNT } from '../../domain/account.ts';
import type { DateRange } from '../../domain/date-range.ts';
import type { GaugeLevel } from '../../domain/gauge-level.ts';
import type { StoredNow, UserLevel } from '../../domain/reports/gauge-tally.ts';
import type { DayUse, RaisedAlert, UsedShards } from '../../domain/reports/usage-tally.ts';
import { ActiveShards, ALERTS } from './active-shards.ts';
import { attempt, type Table } from './dynamodb.ts';
import { userIdOf } from './keys.ts';
import { queryAll } from './query-all.ts';
import { alertSubject, daySubject, periodSubject, topPartition } from './top-partition.ts';

/** An item in the index *top*. */
export interface TopEntry {
  readonly userId: string;
  /** The sort key of the item itself. */
  readonly item: string;
  /** The index' sort key: units used. */
  readonly used: number;
  /** The plan of that day; only days have it. */
  readonly planId?: string;
  /** Of a gauge's day: the stored amount. */
  readonly level?: Omit<GaugeLevel, 'date'>;
}

/** Entries per page: about 150 KB, a small part of DynamoDB's 1 MB. */
const PAGE_SIZE = 1_000;

/** The index *top*: each user's usage of a feature on a day or in a period. It lags the table by moments. */
export class TopIndex {
  readonly #table: Table;
  readonly #marks: ActiveShards;

  constructor(table: Table) {
    this.#table = table;
    this.#marks = new ActiveShards(table);
  }

  /** The top users of a feature on a day in one shard, in descending order, at most `limit`. */
  async largestOfDay(feature: Feature, date: string, shard: number, limit: number): Promise<TopEntry[]> {
    return this.#largest(daySubject(feature, date), shard, limit);
  }

  /** The same for the counters whose period is a calendar month in UTC, such as `2026-11`. */
  async largestOfMonth(feature: Feature, month: string, shard: number, limit: number): Promise<TopEntry[]> {
    const [year = 0, number = 0] = month.split('-').map(Number);
    // Months count from 0 there: this is the first of the next one.
    const subject = periodSubject(feature, 'month', Date.UTC(year, number));
    return this.#largest(subject, shard, limit);
  }

  async #largest(subject: string, shard: number, limit: number): Promise<TopEntry[]> {
    const items = await queryAll(this.#table, largestFirst(subject, shard), limit);
    return items.map(toEntry);
  }

  /** The shards with content of a feature on some days: the others need no query. */
  async shardsOfDays(feature: Feature, range: DateRange): Promise<UsedShards> {
    return this.#marks.ofDays(feature, range);
  }

  /** The same of alerts. */
  async shardsOfAlerts(range: DateRange): Promise<UsedShards> {
    return this.#marks.ofDays(ALERTS, range);
  }

  /**
   * The usage of a feature by the users of one shard on a day, page by page, in descending order. During the
   * day, a user who rises past a returned page is on no later one.
   */
  async *daysOf(feature: Feature, date: string, shard: number): AsyncGenerator<DayUse[]> {
    for await (const entries of this.#pages(daySubject(feature, date), shard)) {
      yield entries.map(({ userId, used, planId = '' }) => ({ userId, used, planId, feature, date }));
    }
  }

  /** The stored amounts of a gauge by the users of one shard, page by page. */
  async *storedNow(feature: Feature, shard: number): AsyncGenerator<StoredNow[]> {
    for await (const entries of this.#pages(periodSubject(feature, 'never', FAR_FUTURE), shard)) {
      yield entries.map(({ userId, used, planId = '' }) => ({ userId, stored: used, planId }));
    }
  }

  /** The levels of a gauge of the users of one shard on a day, page by page: only changed ones. */
  async *levelsOf(feature: Feature, date: string, shard: number): AsyncGenerator<UserLevel[]> {
    for await (const entries of this.#pages(daySubject(feature, date), shard)) {
      yield entries.flatMap(({ userId, level }) => (level ? [{ ...level, userId, date }] : []));
    }
  }

  /** The alerts that were raised for the users of one shard on a day, page by page. */
  async *alertsOf(date: string, shard: number): AsyncGenerator<RaisedAlert[]> {
    for await (const entries of this.#pages(alertSubject(date), shard)) {
      yield entries.map(({ item }) => ({ date, ...alertOf(item) }));
    }
  }

  /** The users of one shard for whom an alert was raised on a day, page by page. */
  async *alertedOn(date: string, shard: number): AsyncGenerator<string[]> {
    for await (const entries of this.#pages(alertSubject(date), shard)) {
      yield entries.map(({ userId }) => userId);
    }
  }

  /** A page at a time, the next when it is asked for. */
  async *#pages(subject: string, shard: number): AsyncGenerator<TopEntry[]> {
    for (let after: Record<string, unknown> | undefined; ; ) {
      const command = new QueryCommand({
        TableName: this.#table.name,
        ...largestFirst(subject, shard),
        Limit: PAGE_SIZE,
        ExclusiveStartKey: after,
      });
      const { Items = [], LastEvaluatedKey } = await attempt(() => this.#table.client.send(command));
      if (Items.length > 0) yield Items.map(toEntry);
      if (!LastEvaluatedKey) return;
      after = LastEvaluatedKey;
    }
  }
}

function largestFirst(subject: string, shard: number) {
  return {
    IndexName: INDEX.top.name,
    KeyConditionExpression: '#top = :top',
    ExpressionAttributeNames: { '#top': INDEX.top.partitionKey },
    ExpressionAttributeValues: { ':top': topPartition(subject, shard) },
    ScanIndexForward: false,
  };
}

function toEntry({ pk, sk, used, planId, opening, storedUnits, peak }: Record<string, unknown>): TopEntry {
  return {
    userId: userIdOf(String(pk)),
    item: String(sk),
    used: Math.min(Number(used), MAX_AMOUNT),
    ...(planId !== undefined && { planId: String(planId) }),
    ...(storedUnits !== undefined && {
      level: { opening: Number(opening), stored: Number(storedUnits), peak: Number(peak) },
    }),
  };
}

/** `ALERT#<periodStart>#<counter>#<level>`; a counter is named by its feature first. */
function alertOf(item: string): Pick<RaisedAlert, 'feature' | 'level'> {
  const [, , counter = '', level = ''] = item.split('#');
  return { feature: /^\w+/.exec(counter)?.[0] ?? '', level };
}
