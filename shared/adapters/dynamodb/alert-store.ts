import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { GetCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { INDEX } from '../../contract.ts';
import {
  type Alert,
  type AlertLevel,
  type AlertSubject,
  type Recovery,
  rearmAfterMs,
} from '../../domain/alert.ts';
import { dateOf } from '../../domain/date-range.ts';
import { batchGet } from './batch-get.ts';
import { ALERTS, DayMarks } from './day-marks.ts';
import { attempt, type Table } from './dynamodb.ts';
import { ALERT_PREFIX, alertKey, type ItemKey } from './keys.ts';
import { type RecordPage, readPage } from './record-page.ts';
import { alertSubject, topPartition, topShard } from './top-partition.ts';
import { untoldMark } from './untold-index.ts';

/** What is told of an alert: that it was raised, and that it recovered. */
export type News = 'raised' | 'recovered';

/** An alert, what became of it, and what nobody has been told yet. */
export interface AlertRecord {
  readonly alert: Alert;
  readonly recovery?: Recovery | undefined;
  readonly untold: ReadonlySet<News>;
  /** Until when somebody is about to tell it (epoch ms). */
  readonly claimedUntil: number;
}

/** `standing`: nothing was changed, and what is there. */
export type AlertWrite =
  | { readonly code: 'saved'; readonly record: AlertRecord }
  | { readonly code: 'standing'; readonly record: AlertRecord | undefined };

/** What names an alert: there is one of a level in a period. */
export interface AlertName extends AlertSubject {
  readonly level: AlertLevel;
}

/** An alert is looked at for more than a year, then forgotten. */
const LIFETIME_MS = 400 * 86_400_000;

/**
 * Alerts, one item per counter, period and level. Every write is conditional, so that however many find the same, one of
 * them raises it; what has still to be told stands in the index *due* until it is. Errors are those of `attempt`.
 */
export class AlertStore {
  readonly #table: Table;
  readonly #marks: DayMarks;

  constructor(table: Table) {
    this.#table = table;
    this.#marks = new DayMarks(table);
  }

  /**
   * Raises an alert that was not raised in this period. A gauge's that recovered is raised again, a day later. Whoever raised it is to
   * tell it, until `now` (epoch ms) is so far away that others take it that it died.
   */
  async raise(alert: Alert, now: number): Promise<AlertWrite> {
    const { userId, planId, version, interval, raisedAt } = alert;
    const date = dateOf(raisedAt);
    const shard = topShard(userId);
    await this.#marks.set(ALERTS, date, shard);
    const command = new PutCommand({
      TableName: this.#table.name,
      Item: {
        ...keyOf(alert, alert.level),
        alert,
        version,
        planId,
        untold: new Set<News>(['raised']),
        ...untoldMark(userId, now),
        [INDEX.top.partitionKey]: topPartition(alertSubject(date), shard),
        [INDEX.top.sortKey]: raisedAt,
        ttl: Math.floor((raisedAt + LIFETIME_MS) / 1000),
      },
      ConditionExpression:
        'attribute_not_exists(pk) OR (recoveredVersion < :version AND #raisedAt <= :rearmed)',
      ExpressionAttributeNames: { '#raisedAt': INDEX.top.sortKey },
      ExpressionAttributeValues: {
        ':version': version,
        ':rearmed': Math.max(0, raisedAt - rearmAfterMs(interval)),
      },
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    });
    const refusal = await this.#refusal(() => this.#table.client.send(command));
    if (refusal) return { code: 'standing', record: refusal.record };
    const { d: claimedUntil } = untoldMark(userId, now);
    return { code: 'saved', record: { alert, untold: new Set<News>(['raised']), claimedUntil } };
  }

  /**
   * Notes that an alert of an earlier change recovered.
   *
   * @param isNews whether it is to be told, by whoever noted it
   */
  async recover(
    subject: AlertSubject,
    level: AlertLevel,
    recovery: Recovery,
    isNews: boolean,
    now: number,
  ): Promise<AlertWrite> {
    const command = new UpdateCommand({
      TableName: this.#table.name,
      Key: keyOf(subject, level),
      UpdateExpression: `SET recovery = :recovery, recoveredVersion = :version${
        isNews ? ', k = :k, d = :d ADD untold :news' : ''
      }`,
      ConditionExpression: 'attribute_not_exists(recoveredVersion) AND version <= :version',
      ExpressionAttributeValues: {
        ':recovery': recovery,
        ':version': recovery.version,
        ...(isNews && newsValues(subject.userId, now)),
      },
      ReturnValues: 'ALL_NEW',
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    });
    let saved: Record<string, unknown> = {};
    const refusal = await this.#refusal(async () => {
      saved = (await this.#table.client.send(command)).Attributes ?? {};
    });
    return refusal
      ? { code: 'standing', record: refusal.record }
      : { code: 'saved', record: toRecord(saved) };
  }

  /** Takes over telling what somebody left untold; `false` when another was faster. */
  async claim({ alert, claimedUntil }: AlertRecord, now: number): Promise<boolean> {
    const command = new UpdateCommand({
      TableName: this.#table.name,
      Key: keyOf(alert, alert.level),
      UpdateExpression: 'SET d = :until',
      ConditionExpression: 'd = :seen',
      ExpressionAttributeValues: { ':until': untoldMark(alert.userId, now).d, ':seen': claimedUntil },
    });
    return (await this.#refusal(() => this.#table.client.send(command))) === undefined;
  }

  /**
   * Notes that something was told. What is still to be told besides keeps its place in the index, and so does a gauge's alert
   * that has been raised again since, in this one's place.
   */
  async markTold({ alert }: AlertRecord, news: News): Promise<void> {
    const command = (rest: string, condition = '') =>
      new UpdateCommand({
        TableName: this.#table.name,
        Key: keyOf(alert, alert.level),
        UpdateExpression: `DELETE untold :told${rest}`,
        ConditionExpression: `alert.id = :id${condition}`,
        ExpressionAttributeValues: { ':told': new Set([news]), ':id': alert.id },
      });
    const last = command(' REMOVE k, d', ' AND untold = :told');
    if (!(await this.#refusal(() => this.#table.client.send(last)))) return;
    if (await this.#refusal(() => this.#table.client.send(command('')))) return;
    // Another may have told the rest at the same moment.
    const leave = new UpdateCommand({
      TableName: this.#table.name,
      Key: keyOf(alert, alert.level),
      UpdateExpression: 'REMOVE k, d',
      ConditionExpression: 'attribute_exists(pk) AND attribute_not_exists(untold)',
    });
    await this.#refusal(() => this.#table.client.send(leave));
  }

  /** A user's alerts, those of the newest periods first. */
  async list(userId: string, limit: number, after?: string): Promise<RecordPage<AlertRecord>> {
    const { pk } = alertKey(userId, 0, '', '', '');
    return readPage(this.#table, { pk, prefix: ALERT_PREFIX, limit, after }, toRecord);
  }

  /** The named alerts that were raised. They may be a moment old. */
  async readMany(names: readonly AlertName[]): Promise<AlertRecord[]> {
    const keys = names.map((name) => keyOf(name, name.level));
    return (await batchGet(this.#table, keys)).map(toRecord);
  }

  async read(key: ItemKey): Promise<AlertRecord | undefined> {
    const command = new GetCommand({ TableName: this.#table.name, Key: { ...key }, ConsistentRead: true });
    const { Item } = await attempt(() => this.#table.client.send(command));
    return Item && toRecord(Item);
  }

  /** `undefined` when a write was applied; what stands there when its condition refused it. */
  async #refusal(
    send: () => Promise<unknown>,
  ): Promise<{ readonly record: AlertRecord | undefined } | undefined> {
    try {
      await attempt(send);
      return undefined;
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
      return { record: error.Item && toRecord(unmarshall(error.Item)) };
    }
  }
}

function keyOf(subject: AlertSubject, level: AlertLevel): ItemKey & Record<string, string> {
  const { userId, periodStart, feature, interval } = subject;
  return { ...alertKey(userId, periodStart, feature, interval, level) };
}

function newsValues(userId: string, now: number) {
  const { k, d } = untoldMark(userId, now);
  return { ':k': k, ':d': d, ':news': new Set<News>(['recovered']) };
}

function toRecord({ alert, recovery, untold, d }: Record<string, unknown>): AlertRecord {
  return {
    // Written by this store alone.
    alert: alert as Alert,
    recovery: recovery as Recovery | undefined,
    untold: (untold as Set<News> | undefined) ?? new Set(),
    claimedUntil: Number(d ?? 0),
  };
}
