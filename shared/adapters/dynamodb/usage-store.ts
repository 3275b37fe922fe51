import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { QueryCommand, UpdateCommand, type UpdateCommandInput } from '@aws-sdk/lib-dynamodb';
import { INDEX } from '../../contract.ts';
import type { DayRollup, LateRollup, PeriodRollup } from '../../domain/rollup.ts';
import { attempt, type Table } from './dynamodb.ts';
import { dayUsageKey, type ItemKey, periodUsageKey } from './keys.ts';
import { daySubject, periodSubject, topPartition, topShard } from './top-partition.ts';

/** What a user used of a feature on one UTC day. */
export interface DayUsage {
  /** `2026-11-22` */
  readonly date: string;
  readonly used: number;
  /** The account's version that the figure belongs to, where it came from the table. */
  readonly version?: number;
}

/**
 * Usage of days and periods: written by the projector, read by everybody else. Every write sets absolute figures and
 * is guarded by the account's version, so a repeated or late one changes nothing.
 */
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
    return Items.map(({ sk, used, version }) => ({
      date: String(sk).slice(-10),
      used: Number(used),
      version: Number(version),
    }));
  }

  /**
   * Sets a day's usage: how far the lifetime total came since the day began. Where a later version was written
   * first, only the day's beginning is still put right. The same write places the day in the index.
   */
  async setDay(rollup: DayRollup): Promise<void> {
    const key = dayUsageKey(rollup.userId, rollup.feature, rollup.date);
    const beginning = { ':start': rollup.lifetimeBefore, ':first': rollup.firstVersion };
    const isNewer = await this.#update(key, {
      UpdateExpression:
        'SET lifetime = :lifetime, version = :version, #start = if_not_exists(#start, :start), ' +
        '#first = if_not_exists(#first, :first), used = :lifetime - if_not_exists(#start, :start), ' +
        '#top = :top, planId = :plan',
      ConditionExpression: 'attribute_not_exists(version) OR version < :version',
      ExpressionAttributeNames: { '#start': 'start', '#first': 'first', '#top': INDEX.top.partitionKey },
      ExpressionAttributeValues: {
        ...beginning,
        ':lifetime': rollup.lifetime,
        ':version': rollup.version,
        ':top': topPartition(daySubject(rollup.feature, rollup.date), topShard(rollup.userId)),
        ':plan': rollup.planId,
      },
    });
    if (isNewer) return;
    await this.#update(key, {
      UpdateExpression: 'SET #start = :start, #first = :first, used = lifetime - :start',
      ConditionExpression: '#first > :first',
      ExpressionAttributeNames: { '#start': 'start', '#first': 'first' },
      ExpressionAttributeValues: beginning,
    });
  }

  /** Sets what was used in a period, as the account said at a version. */
  async setPeriod({ userId, feature, counter, version }: PeriodRollup): Promise<void> {
    const { interval, periodStart, periodEnd, used, limit } = counter;
    await this.#update(periodUsageKey(userId, feature, interval, periodEnd), {
      UpdateExpression:
        'SET used = :used, version = :version, periodStart = :start, periodEnd = :end, quota = :limit, #top = :top',
      ConditionExpression: 'attribute_not_exists(version) OR version < :version',
      ExpressionAttributeNames: { '#top': INDEX.top.partitionKey },
      ExpressionAttributeValues: {
        ':used': used,
        ':version': version,
        ':start': periodStart,
        ':end': periodEnd,
        ':limit': limit,
        ':top': topPartition(periodSubject(feature, interval, periodEnd), topShard(userId)),
      },
    });
  }

  /** Notes what was confirmed after a period had closed, under the operation that did it. */
  async setLate({ userId, late, operationKey }: LateRollup): Promise<void> {
    await this.#update(periodUsageKey(userId, late.feature, late.interval, late.periodEnd), {
      UpdateExpression: 'SET #late = :amount',
      ExpressionAttributeNames: { '#late': `late#${operationKey}` },
      ExpressionAttributeValues: { ':amount': late.amount },
    });
  }

  /** Whether the update was applied; `false` when its condition refused it. */
  async #update(key: ItemKey, update: Omit<UpdateCommandInput, 'TableName' | 'Key'>): Promise<boolean> {
    const command = new UpdateCommand({ TableName: this.#table.name, Key: { ...key }, ...update });
    try {
      await attempt(() => this.#table.client.send(command));
      return true;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return false;
      throw error;
    }
  }
}
