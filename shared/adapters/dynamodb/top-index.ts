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

/** An item as the index *top* shows it. */
export interface TopEntry {
  readonly userId: string;
  /** The sort key of the item itself. */
  readonly item: string;
  /** What the index sorts by: units used. */
  readonly used: number;
  /** The plan of that day; only days say it. */
  readonly planId?: string;
  /** Of a gauge's day: what was stored. */
  readonly level?: Omit<GaugeLevel, 'date'>;
}

/** Entries in a page: about 150 KB, a small part of the 1 MB that DynamoDB would send. */
const PAGE_SIZE = 1_000;

/** The index *top*: who used how much of a feature on a day or in a period. It lags the table by moments. */
export class TopIndex {
  readonly #table: Table;
  readonly #marks: ActiveShards;

  constructor(table: Table) {
    this.#table = table;
    this.#marks = new ActiveShards(table);
  }

  /** Who of one shard used most of a feature on a day, the largest first, at most `limit`. */
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

  /** Which shards have anything of a feature on some days: the others need not be asked. */
  async shardsOfDays(feature: Feature, range: DateRange): Promise<UsedShards> {
    return this.#marks.ofDays(feature, range);
  }

  /** The same of alerts. */
  async shardsOfAlerts(range: DateRange): Promise<UsedShards> {
    return this.#marks.ofDays(ALERTS, range);
  }

  /**
   * What the users of one shard used of a feature on a day, page by page, the largest first. On a day that goes on, a user who
   * rises past a page that was sent is on none after it.
   */
  async *daysOf(feature: Feature, date: string, shard: number): AsyncGenerator<DayUse[]> {
    for await (const entries of this.#pages(daySubject(feature, date), shard)) {
      yield entries.map(({ userId, used, planId = '' }) => ({ userId, used, planId, feature, date }));
    }
  }

  /** What the users of one shard store of a gauge now, page by page. */
  async *storedNow(feature: Feature, shard: number): AsyncGenerator<StoredNow[]> {
    for await (const entries of this.#pages(periodSubject(feature, 'never', FAR_FUTURE), shard)) {
      yield entries.map(({ userId, used, planId = '' }) => ({ userId, stored: used, planId }));
    }
  }

  /** The levels of a gauge of the users of one shard on a day, page by page: of those for whom it changed. */
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
