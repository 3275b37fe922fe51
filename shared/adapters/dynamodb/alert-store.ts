import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { GetCommand, PutCommand, TransactWriteCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { INDEX } from '../../contract.ts';
import type { Alert, AlertLevel, AlertSubject, Recovery } from '../../domain/alert.ts';
import { dateOf } from '../../domain/date-range.ts';
import { Unavailable } from '../../domain/faults.ts';
import { ActiveShards, ALERTS } from './active-shards.ts';
import { batchGet } from './batch-get.ts';
import { attempt, type Table, unlessRefused } from './dynamodb.ts';
import { ALERT_PREFIX, alertKey, earlierAlertKey, type ItemKey } from './keys.ts';
import { outboxMark } from './outbox-index.ts';
import { type RecordPage, readPage } from './record-page.ts';
import { alertSubject, topPartition, topShard } from './top-partition.ts';

/** Notifications about an alert. */
export type NotificationKind = 'raised' | 'recovered';

/** An alert, its recovery, and the notifications that are still to be published. */
export interface AlertRecord {
  readonly alert: Alert;
  readonly recovery?: Recovery | undefined;
  readonly untold: ReadonlySet<NotificationKind>;
  /** When the claim of the current sender expires (epoch ms). */
  readonly claimedUntil: number;
}

/** `unchanged`: nothing was changed, and what is there. */
export type AlertWrite =
  | { readonly code: 'saved'; readonly record: AlertRecord }
  | { readonly code: 'unchanged'; readonly record: AlertRecord | undefined };

/** Names the newest alert of a level in a period. */
export interface AlertName extends AlertSubject {
  readonly level: AlertLevel;
}

type AlertItem = Readonly<Record<string, unknown>>;

const { partitionKey: OUTBOX_SHARD, sortKey: CLAIMED_UNTIL } = INDEX.due;

/** Alerts are kept for more than a year. */
const LIFETIME_MS = 400 * 86_400_000;
/** Another sender wins each race for one alert; a stored rise ends the race at the next try. */
const MOST_RACES = 5;

/**
 * Alerts, one item per rise of a level: the newest of a counter, period and level under their own key, those
 * before it with their version behind. Every write is conditional, so that one of many concurrent writers
 * raises an alert; notifications stay in the index *due* until they are published. Errors are those of
 * `attempt`.
 */
export class AlertStore {
  readonly #table: Table;
  readonly #marks: ActiveShards;
  readonly #timeZone: string | undefined;

  /** @param timeZone the time zone of days (IANA). @default 'UTC' */
  constructor(table: Table, timeZone?: string) {
    this.#table = table;
    this.#timeZone = timeZone;
    this.#marks = new ActiveShards(table);
  }

  /**
   * Raises an alert, unless the newest one of its level and period is active or recovered at the same version
   * or later. The caller is to publish it; its claim expires `CLAIM_MS` after `now` (epoch ms).
   *
   * @param shouldNotify whether to publish it; otherwise another notification covers it
   */
  async raise(alert: Alert, now: number, shouldNotify = true): Promise<AlertWrite> {
    const item = this.#itemOf(alert, now, shouldNotify);
    await this.#marks.set(ALERTS, dateOf(alert.raisedAt, this.#timeZone), topShard(alert.userId));
    for (let race = 0; race < MOST_RACES; race += 1) {
      const refusal = await this.#put(item);
      if (!refusal) return { code: 'saved', record: toRecord(item) };
      const record = refusal.item && toRecord(refusal.item);
      if (!refusal.item || !record?.recovery || record.recovery.version >= alert.version) {
        return { code: 'unchanged', record };
      }
      if (await this.#replace(refusal.item, item)) return { code: 'saved', record: toRecord(item) };
    }
    throw new Unavailable('others changed the alert at the same time');
  }

  #itemOf(alert: Alert, now: number, shouldNotify: boolean): AlertItem & ItemKey {
    const { userId, planId, version, raisedAt } = alert;
    return {
      ...keyOf(alert, alert.level),
      alert,
      version,
      planId,
      ...(shouldNotify && { untold: new Set<NotificationKind>(['raised']), ...outboxMark(userId, now) }),
      [INDEX.top.partitionKey]: topPartition(
        alertSubject(dateOf(raisedAt, this.#timeZone)),
        topShard(userId),
      ),
      [INDEX.top.sortKey]: raisedAt,
      ttl: Math.floor((raisedAt + LIFETIME_MS) / 1000),
    };
  }

  async #put(item: AlertItem): Promise<{ readonly item: AlertItem | undefined } | undefined> {
    const command = new PutCommand({
      TableName: this.#table.name,
      Item: item,
      ConditionExpression: 'attribute_not_exists(pk)',
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    });
    return this.#refusal(() => this.#table.client.send(command));
  }

  /**
   * Puts an alert in the place of one that recovered, which moves to a key of its own with what is still to
   * be published; `false` when that one was changed since it was read.
   */
  async #replace(old: AlertItem, item: AlertItem & ItemKey): Promise<boolean> {
    const { alert } = toRecord(old);
    const TableName = this.#table.name;
    const isAsRead = ['alert.id = :id', 'recoveredVersion = :recovered'];
    const values: Record<string, unknown> = { ':id': alert.id, ':recovered': old.recoveredVersion };
    for (const name of ['untold', CLAIMED_UNTIL]) {
      isAsRead.push(old[name] === undefined ? `attribute_not_exists(${name})` : `${name} = :${name}`);
      if (old[name] !== undefined) values[`:${name}`] = old[name];
    }
    const ConditionExpression = isAsRead.join(' AND ');
    const command = new TransactWriteCommand({
      TransactItems: [
        { Put: { TableName, Item: item, ConditionExpression, ExpressionAttributeValues: values } },
        { Put: { TableName, Item: { ...old, ...earlierAlertKey(item, alert.version) } } },
      ],
    });
    return unlessRefused(() => this.#table.client.send(command));
  }

  /**
   * Notes that an alert of an earlier change recovered.
   *
   * @param shouldNotify whether the caller is to publish it
   */
  async recover(
    subject: AlertSubject,
    level: AlertLevel,
    recovery: Recovery,
    shouldNotify: boolean,
    now: number,
  ): Promise<AlertWrite> {
    const command = new UpdateCommand({
      TableName: this.#table.name,
      Key: keyOf(subject, level),
      UpdateExpression: `SET recovery = :recovery, recoveredVersion = :version${
        shouldNotify ? `, ${OUTBOX_SHARD} = :shard, ${CLAIMED_UNTIL} = :until ADD untold :news` : ''
      }`,
      ConditionExpression: 'attribute_not_exists(recoveredVersion) AND version <= :version',
      ExpressionAttributeValues: {
        ':recovery': recovery,
        ':version': recovery.version,
        ...(shouldNotify && newsValues(subject.userId, now)),
      },
      ReturnValues: 'ALL_NEW',
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    });
    let saved: Record<string, unknown> = {};
    const refusal = await this.#refusal(async () => {
      saved = (await this.#table.client.send(command)).Attributes ?? {};
    });
    return refusal
      ? { code: 'unchanged', record: refusal.item && toRecord(refusal.item) }
      : { code: 'saved', record: toRecord(saved) };
  }

  /** Takes over the notifications of a sender whose claim expired; `false` when another one was faster. */
  async claim({ alert, claimedUntil }: AlertRecord, now: number): Promise<boolean> {
    for (const Key of keysOf(alert)) {
      const command = new UpdateCommand({
        TableName: this.#table.name,
        Key,
        UpdateExpression: `SET ${CLAIMED_UNTIL} = :until`,
        ConditionExpression: `alert.id = :id AND ${CLAIMED_UNTIL} = :seen`,
        ExpressionAttributeValues: {
          ':id': alert.id,
          ':until': outboxMark(alert.userId, now)[CLAIMED_UNTIL],
          ':seen': claimedUntil,
        },
      });
      if (!(await this.#refusal(() => this.#table.client.send(command)))) return true;
    }
    return false;
  }

  /**
   * Notes that a notification was published. One that is still to be published keeps its place in the index.
   */
  async markPublished({ alert }: AlertRecord, news: NotificationKind): Promise<void> {
    for (const Key of keysOf(alert)) if (await this.#markPublishedAt(Key, alert.id, news)) return;
  }

  /** `false` where another alert has the key. */
  async #markPublishedAt(Key: ItemKey, id: string, news: NotificationKind): Promise<boolean> {
    const command = (rest: string, condition = '') =>
      new UpdateCommand({
        TableName: this.#table.name,
        Key: { ...Key },
        UpdateExpression: `DELETE untold :published${rest}`,
        ConditionExpression: `alert.id = :id${condition}`,
        ExpressionAttributeValues: { ':published': new Set([news]), ':id': id },
      });
    const last = command(` REMOVE ${OUTBOX_SHARD}, ${CLAIMED_UNTIL}`, ' AND untold = :published');
    if (!(await this.#refusal(() => this.#table.client.send(last)))) return true;
    if (await this.#refusal(() => this.#table.client.send(command('')))) return false;
    // Another sender may have published the rest at the same moment.
    const leave = new UpdateCommand({
      TableName: this.#table.name,
      Key: { ...Key },
      UpdateExpression: `REMOVE ${OUTBOX_SHARD}, ${CLAIMED_UNTIL}`,
      ConditionExpression: 'attribute_exists(pk) AND attribute_not_exists(untold)',
    });
    await this.#refusal(() => this.#table.client.send(leave));
    return true;
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

  /** `undefined` when a write was applied; the item as it is when its condition refused it. */
  async #refusal(
    send: () => Promise<unknown>,
  ): Promise<{ readonly item: AlertItem | undefined } | undefined> {
    try {
      await attempt(send);
      return undefined;
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
      return { item: error.Item && unmarshall(error.Item) };
    }
  }
}

function keyOf(subject: AlertSubject, level: AlertLevel): ItemKey & Record<string, string> {
  const { userId, periodStart, feature, interval } = subject;
  return { ...alertKey(userId, periodStart, feature, interval, level) };
}

/** Where an alert may be: a later one of its level takes its first key. */
function keysOf(alert: Alert): (ItemKey & Record<string, string>)[] {
  const first = keyOf(alert, alert.level);
  return [first, { ...earlierAlertKey(first, alert.version) }];
}

function newsValues(userId: string, now: number) {
  const mark = outboxMark(userId, now);
  return {
    ':shard': mark[OUTBOX_SHARD],
    ':until': mark[CLAIMED_UNTIL],
    ':news': new Set<NotificationKind>(['recovered']),
  };
}

function toRecord(item: AlertItem): AlertRecord {
  const { alert, recovery, untold } = item;
  return {
    // Written by this store alone.
    alert: alert as Alert,
    recovery: recovery as Recovery | undefined,
    untold: (untold as Set<NotificationKind> | undefined) ?? new Set(),
    claimedUntil: Number(item[CLAIMED_UNTIL] ?? 0),
  };
}
