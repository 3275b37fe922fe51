import { ConditionalCheckFailedException, TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { GetCommand, PutCommand, TransactWriteCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { Payment } from '../../domain/payment.ts';
import type { Subscription } from '../../domain/subscription.ts';
import { batchGet } from './batch-get.ts';
import { attempt, type Table } from './dynamodb.ts';
import {
  customersKey,
  HISTORY_PREFIX,
  type ItemKey,
  PAYMENT_PREFIX,
  paymentKey,
  stripeMapKey,
  subscriptionHistoryKey,
  subscriptionKey,
  userIdOf,
} from './keys.ts';
import { type RecordPage, readPage } from './record-page.ts';

/** A subscription, and the latest of its versions that was told to others. */
export interface SavedSubscription {
  readonly subscription: Subscription;
  readonly announcedVersion: number;
  /** How often somebody looked at Stripe since this version was saved, and found it as it is here. */
  readonly looks: number;
}

/** Subscriptions, their history, payments, and which of Stripe's ids belong to whom. Errors are those of `attempt`. */
export class SubscriptionStore {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  /** A user's subscription as it is saved now. */
  async read(userId: string): Promise<Subscription | undefined> {
    return (await this.readSaved(userId))?.subscription;
  }

  async readSaved(userId: string): Promise<SavedSubscription | undefined> {
    const item = await this.#get(subscriptionKey(userId));
    return item && toSaved(item);
  }

  /** Those of the users' subscriptions that exist, by user. They may be a moment old. */
  async readMany(userIds: readonly string[]): Promise<Map<string, SavedSubscription>> {
    const items = await batchGet(this.#table, userIds.map(subscriptionKey));
    return new Map(items.map((item) => [userIdOf(String(item.pk)), toSaved(item)]));
  }

  /**
   * Saves a subscription made from the version before its own, with its history and the maps of its ids, all or none;
   * `false` when another version came first, somebody looked at Stripe later, or one of the ids turned out to be another
   * user's.
   *
   * @param seen what was read before Stripe was asked; nothing for the first version
   */
  async save(
    subscription: Subscription,
    seen: Pick<SavedSubscription, 'announcedVersion' | 'looks'> = { announcedVersion: 0, looks: 0 },
  ): Promise<boolean> {
    const { announcedVersion: announced, looks } = seen;
    const { userId, version, savedAt, customerId, subscriptionId } = subscription;
    const isFirst = version === 1;
    const since = looks > 0 ? 'looks = :looks' : 'attribute_not_exists(looks)';
    const put = (key: ItemKey, content: object) => ({
      Put: { TableName: this.#table.name, Item: { ...key, ...content } },
    });
    const command = new TransactWriteCommand({
      TransactItems: [
        {
          Put: {
            ...put(subscriptionKey(userId), { version, announced, subscription }).Put,
            ConditionExpression: isFirst ? 'attribute_not_exists(pk)' : `version = :read AND ${since}`,
            ...(!isFirst && {
              ExpressionAttributeValues: { ':read': version - 1, ...(looks > 0 && { ':looks': looks }) },
            }),
          },
        },
        put(subscriptionHistoryKey(userId, savedAt, version), { subscription }),
        this.#mapTo(userId, subscriptionId),
        this.#mapTo(userId, customerId),
      ],
    });
    return this.#unlessRefused(() => this.#table.client.send(command));
  }

  /**
   * Notes that Stripe says what a version says: whoever asked before, and saves later, had an older answer. `false` when
   * another version came first.
   */
  async noteLook({ userId, version }: Subscription): Promise<boolean> {
    const command = new UpdateCommand({
      TableName: this.#table.name,
      Key: subscriptionKey(userId),
      UpdateExpression: 'SET looks = if_not_exists(looks, :none) + :one',
      ConditionExpression: 'version = :version',
      ExpressionAttributeValues: { ':none': 0, ':one': 1, ':version': version },
    });
    return this.#unlessRefused(() => this.#table.client.send(command));
  }

  /** Notes that a version was told to others; a later one that was saved meanwhile is still to be told. */
  async markAnnounced(userId: string, version: number): Promise<void> {
    const command = new UpdateCommand({
      TableName: this.#table.name,
      Key: subscriptionKey(userId),
      UpdateExpression: 'SET announced = :version',
      ConditionExpression: 'announced < :version',
      ExpressionAttributeValues: { ':version': version },
    });
    await this.#unlessRefused(() => this.#table.client.send(command));
  }

  /** What a user's subscription was, the newest first. */
  async history(userId: string, limit: number, after?: string): Promise<RecordPage<Subscription>> {
    const { pk } = subscriptionKey(userId);
    return readPage(
      this.#table,
      { pk, prefix: HISTORY_PREFIX, limit, after },
      (item) => item.subscription as Subscription,
    ); // as in `read`
  }

  /** Saves a payment; again, it stays as it is. */
  async savePayment(userId: string, payment: Payment): Promise<void> {
    const command = new PutCommand({
      TableName: this.#table.name,
      Item: { ...paymentKey(userId, payment.at, payment.id), payment },
    });
    await attempt(() => this.#table.client.send(command));
  }

  async payments(userId: string, limit: number, after?: string): Promise<RecordPage<Payment>> {
    const { pk } = subscriptionKey(userId);
    return readPage(
      this.#table,
      { pk, prefix: PAYMENT_PREFIX, limit, after },
      (item) => item.payment as Payment,
    ); // from `savePayment`
  }

  /** The user that a customer or subscription of Stripe belongs to, as far as is known here. */
  async userOf(stripeId: string): Promise<string | undefined> {
    const item = await this.#get(stripeMapKey(stripeId));
    return item && String(item.userId);
  }

  /** Users of customers or subscriptions of Stripe, by id, as far as they are known here. */
  async usersOf(stripeIds: readonly string[]): Promise<Map<string, string>> {
    const ids = new Map(stripeIds.map((id) => [stripeMapKey(id).pk, id]));
    const items = await batchGet(this.#table, [...ids.values()].map(stripeMapKey));
    return new Map(items.map(({ pk, userId }) => [ids.get(String(pk)) ?? '', String(userId)]));
  }

  /** Which of Stripe's customers a user is, the latest last: usually one, another where one was deleted. */
  async customersOf(userId: string): Promise<readonly string[]> {
    return ((await this.#get(customersKey(userId)))?.customerIds as string[] | undefined) ?? []; // from `addCustomer`
  }

  /**
   * Adds a customer to those that a user is.
   *
   * @param known what `customersOf` said
   * @returns `false` when somebody else added one meanwhile, or the customer turned out to be another user: read again
   */
  async addCustomer(userId: string, customerId: string, known: readonly string[]): Promise<boolean> {
    const TableName = this.#table.name;
    const command = new TransactWriteCommand({
      TransactItems: [
        {
          Put: {
            TableName,
            Item: { ...customersKey(userId), customerIds: [...known, customerId] },
            ConditionExpression:
              known.length === 0 ? 'attribute_not_exists(pk)' : 'size(customerIds) = :known',
            ...(known.length > 0 && { ExpressionAttributeValues: { ':known': known.length } }),
          },
        },
        this.#mapTo(userId, customerId),
      ],
    });
    return this.#unlessRefused(() => this.#table.client.send(command));
  }

  /** What of Stripe's is one user's never becomes another's: caches rely on it. */
  #mapTo(userId: string, stripeId: string) {
    return {
      Put: {
        TableName: this.#table.name,
        Item: { ...stripeMapKey(stripeId), userId },
        ConditionExpression: 'attribute_not_exists(pk) OR userId = :own',
        ExpressionAttributeValues: { ':own': userId },
      },
    };
  }

  async #get(Key: ItemKey): Promise<Record<string, unknown> | undefined> {
    const command = new GetCommand({ TableName: this.#table.name, Key, ConsistentRead: true });
    const { Item } = await attempt(() => this.#table.client.send(command));
    return Item;
  }

  async #unlessRefused(send: () => Promise<unknown>): Promise<boolean> {
    try {
      await attempt(send);
      return true;
    } catch (error) {
      if (error instanceof TransactionCanceledException) return false;
      if (error instanceof ConditionalCheckFailedException) return false;
      throw error;
    }
  }
}

function toSaved(item: Record<string, unknown>): SavedSubscription {
  return {
    subscription: item.subscription as Subscription, // written by `save` alone
    announcedVersion: Number(item.announced ?? 0),
    looks: Number(item.looks ?? 0),
  };
}
