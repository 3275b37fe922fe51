import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { INDEX, TABLE } from '../../contract.ts';
import { shownTotal } from '../../domain/count-use.ts';
import type { DateRange } from '../../domain/date-range.ts';
import type { GaugeLevel, LevelRollup } from '../../domain/gauge-level.ts';
import { type DayRollup, hourlyUse, type LateRollup, type PeriodRollup } from '../../domain/rollup.ts';
import { ActiveShards } from './active-shards.ts';
import { attempt, exactNumber, type Table } from './dynamodb.ts';
import { dayUsageKey, type ItemKey, periodUsageKey } from './keys.ts';
import { type ItemUpdate, levelCompletion, levelUpdate } from './level-update.ts';
import { queryAll } from './query-all.ts';
import { daySubject, periodSubject, topPartition, topShard } from './top-partition.ts';
import { type HourTotal, hourTotals, LATE_PREFIX, total } from './usage-codec.ts';

/** A user's usage of a feature on one day. */
export interface DayUsage {
  /** `2026-11-22` */
  readonly date: string;
  readonly used: number;
  /** The account's version of the figure, if it came from the table. */
  readonly version?: number;
  /** The usage of each hour (0 … 23) with use, if it came from the table. */
  readonly hours?: ReadonlyMap<number, number>;
}

/**
 * Usage of days and periods: written by the projector alone. Every write sets absolute figures and is guarded
 * by the account's version, so a repeated or late one changes nothing.
 */
export class UsageStore {
  readonly #table: Table;
  readonly #marks: ActiveShards;

  constructor(table: Table) {
    this.#table = table;
    this.#marks = new ActiveShards(table);
  }

  /**
   * A feature's days from `from` to `to` (dates, both included), oldest first. Days without use are absent.
   */
  async days(
    userId: string,
    feature: string,
    from: string,
    to: string,
    { consistent = false } = {},
  ): Promise<DayUsage[]> {
    const { pk, sk } = dayUsageKey(userId, feature, from);
    const items = await queryAll(this.#table, {
      KeyConditionExpression: 'pk = :pk AND sk BETWEEN :from AND :to',
      ExpressionAttributeValues: { ':pk': pk, ':from': sk, ':to': dayUsageKey(userId, feature, to).sk },
      ConsistentRead: consistent,
    });
    return items.map(({ sk, used = 0, version, start = 0, ...figures }) => ({
      date: String(sk).slice(-10),
      used: shownTotal(total(used)),
      version: Number(version ?? 0),
      hours: hourlyUse(total(start), new Map(hourTotals(figures))),
    }));
  }

  /**
   * Sets a day's usage: the growth of the lifetime total since the day began, and by the end of each hour. If
   * a later version was written first, only the parts unknown to it are corrected: the day's beginning, and
   * hours. The same write puts the day into the index, in a shard that is marked for that day.
   */
  async setDay(rollup: DayRollup): Promise<void> {
    const key = dayUsageKey(rollup.userId, rollup.feature, rollup.date);
    const beginning = { ':start': rollup.lifetimeBefore, ':first': rollup.firstVersion };
    const hours = [...rollup.hours];
    const shard = topShard(rollup.userId);
    await this.#marks.set(rollup.feature, rollup.date, shard);
    const standing = await this.#update(key, {
      UpdateExpression:
        'SET lifetime = :lifetime, version = :version, #start = if_not_exists(#start, :start), ' +
        '#first = if_not_exists(#first, :first), used = :lifetime - if_not_exists(#start, :start), ' +
        ['#top = :top', 'planId = :plan', ...hourSettings(hours)].join(', '),
      ConditionExpression: 'attribute_not_exists(version) OR version < :version',
      ExpressionAttributeNames: { '#start': 'start', '#first': 'first', '#top': INDEX.top.partitionKey },
      ExpressionAttributeValues: {
        ...beginning,
        ...hourValues(hours),
        ':lifetime': rollup.lifetime,
        ':version': rollup.version,
        ':top': topPartition(daySubject(rollup.feature, rollup.date), shard),
        ':plan': rollup.planId,
      },
    });
    if (standing) await this.#completeDay(key, rollup, standing);
  }

  async #completeDay(key: ItemKey, rollup: DayRollup, standing: Record<string, unknown>): Promise<void> {
    let item: Record<string, unknown> | undefined = standing;
    while (item) {
      const completion = dayCompletion(rollup, item);
      item = completion && (await this.#update(key, completion));
    }
  }

  /**
   * The days from `from` to `to` on which a gauge changed, oldest first. Days without a change are absent.
   */
  async levels(
    userId: string,
    feature: string,
    { from, to }: DateRange,
  ): Promise<(GaugeLevel & { version: number })[]> {
    const { pk, sk } = dayUsageKey(userId, feature, from);
    const items = await queryAll(this.#table, {
      KeyConditionExpression: 'pk = :pk AND sk BETWEEN :from AND :to',
      ExpressionAttributeValues: { ':pk': pk, ':from': sk, ':to': dayUsageKey(userId, feature, to).sk },
      ConsistentRead: true,
    });
    return items.flatMap(({ sk, opening, storedUnits: stored, peak, levelVersion }) =>
      stored === undefined
        ? []
        : [
            {
              date: String(sk).slice(-10),
              opening: Number(opening),
              stored: Number(stored),
              peak: Number(peak),
              version: Number(levelVersion),
            },
          ],
    );
  }

  /**
   * Sets the stored amount of a gauge on a day, in the day's own item. If another write came first, only
   * newer, earlier or higher parts are set.
   */
  async setLevel(rollup: LevelRollup): Promise<void> {
    const key = dayUsageKey(rollup.userId, rollup.feature, rollup.date);
    let update: ItemUpdate | undefined = levelUpdate(rollup);
    while (update) {
      const standing = await this.#update(key, update);
      update = standing && levelCompletion(rollup, standing);
    }
  }

  /** Sets the usage of a period, from the account at a version. */
  async setPeriod({ userId, feature, counter, version, planId }: PeriodRollup): Promise<void> {
    const { interval, periodStart, periodEnd, used, limit } = counter;
    await this.#update(periodUsageKey(userId, feature, interval, periodEnd), {
      UpdateExpression:
        'SET used = :used, version = :version, periodStart = :start, periodEnd = :end, quota = :limit, #top = :top' +
        // A gauge's period is the only index entry of a user without a recent change.
        (interval === 'never' ? ', planId = :plan' : ''),
      ConditionExpression: 'attribute_not_exists(version) OR version < :version',
      ExpressionAttributeNames: { '#top': INDEX.top.partitionKey },
      ExpressionAttributeValues: {
        ':used': used,
        ':version': version,
        ':start': periodStart,
        ':end': periodEnd,
        ':limit': limit,
        ':top': topPartition(periodSubject(feature, interval, periodEnd), topShard(userId)),
        ...(interval === 'never' && { ':plan': planId }),
      },
    });
  }

  /** Records late use, confirmed after its period had closed, under its operation. */
  async setLate({ userId, late, operationKey }: LateRollup): Promise<void> {
    await this.#update(periodUsageKey(userId, late.feature, late.interval, late.periodEnd), {
      UpdateExpression: 'SET #late = :amount',
      ExpressionAttributeNames: { '#late': LATE_PREFIX + operationKey },
      ExpressionAttributeValues: { ':amount': late.amount },
    });
  }

  /**
   * `undefined` when the update was applied; the stored item when its condition refused it. A changed item
   * does not expire: it must be archived again first.
   */
  async #update(key: ItemKey, update: ItemUpdate): Promise<Record<string, unknown> | undefined> {
    const command = new UpdateCommand({
      TableName: this.#table.name,
      Key: { ...key },
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      ...update,
      UpdateExpression: `${update.UpdateExpression} REMOVE #ttl`,
      ExpressionAttributeNames: { ...update.ExpressionAttributeNames, '#ttl': TABLE.ttl },
    });
    try {
      await attempt(() => this.#table.client.send(command));
      return undefined;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException)
        return unmarshall(error.Item ?? {}, { wrapNumbers: exactNumber });
      throw error;
    }
  }
}

/** The correction of a day's item for the parts unknown to its later version; `undefined`: none. */
function dayCompletion(rollup: DayRollup, item: Record<string, unknown>): ItemUpdate | undefined {
  const isEarlier = Number(item.first) > rollup.firstVersion;
  const hours = [...rollup.hours].filter(([hour, lifetime]) => lifetime > total(item[`h${hour}`] ?? 0));
  if (!isEarlier && hours.length === 0) return undefined;
  const beginning = ['#start = :start', '#first = :first', 'used = lifetime - :start'];
  const isMissing = hours.map(([hour]) => `(attribute_not_exists(h${hour}) OR h${hour} < :h${hour})`);
  return {
    UpdateExpression: `SET ${[...(isEarlier ? beginning : []), ...hourSettings(hours)].join(', ')}`,
    ConditionExpression: [...(isEarlier ? ['#first > :first'] : []), ...isMissing].join(' AND '),
    ...(isEarlier && { ExpressionAttributeNames: { '#start': 'start', '#first': 'first' } }),
    ExpressionAttributeValues: {
      ...(isEarlier && { ':start': rollup.lifetimeBefore, ':first': rollup.firstVersion }),
      ...hourValues(hours),
    },
  };
}

function hourSettings(hours: readonly HourTotal[]): string[] {
  return hours.map(([hour]) => `h${hour} = :h${hour}`);
}

function hourValues(hours: readonly HourTotal[]): Record<string, bigint> {
  return Object.fromEntries(hours.map(([hour, lifetime]) => [`:h${hour}`, lifetime]));
}
