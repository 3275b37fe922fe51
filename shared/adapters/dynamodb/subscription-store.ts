import { GetCommand, PutCommand, TransactWriteCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { Unavailable } from '../../domain/faults.ts';
import type { Payment } from '../../domain/subscriptions/payment.ts';
import type { Subscription } from '../../domain/subscriptions/subscription.ts';
import { batchGet } from './batch-get.ts';
import { attempt, type Table, unlessRefused } from './dynamodb.ts';
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

/** A subscription, and its latest announced version. */
export interface SavedSubscription {
  readonly subscription: Subscription;
  readonly announcedVersion: number;
  /** Reads of Stripe since this version was saved that found it unchanged. */
  readonly looks: number;
}

/** The saved state of a user; without a subscription: only `looks` that found none. */
export type SavedState = Omit<SavedSubscription, 'subscription'> & Partial<SavedSubscription>;

/** Concurrent additions of customers to the same user: more in a row are no accident. */
const MAX_TRIES = 5;

/** Subscriptions, their history, payments, and the owners of Stripe's ids. Errors are those of `attempt`. */
export class SubscriptionStore {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  /** A user's saved subscription. */
  async read(userId: string): Promise<Subscription | undefined> {
    return (await this.readSaved(userId))?.subscription;
  }

  async readSaved(userId: string): Promise<SavedState | undefined> {
    const item = await this.#get(subscriptionKey(userId));
    return item && toSaved(item);
  }

  /** The users' existing subscriptions, by user. They may be a moment old. */
  async readMany(userIds: readonly string[]): Promise<Map<string, SavedSubscription>> {
    const items = await batchGet(this.#table, userIds.map(subscriptionKey));
    return new Map(
      items.flatMap((item) => {
        const { subscription, ...saved } = toSaved(item);
        return subscription ? [[userIdOf(String(item.pk)), { ...saved, subscription }]] : [];
      }),
    );
  }

  /**
   * Saves a subscription made from the version before its own, with its history and its user, all or none;
   * `false` when another version, or a later read of Stripe, came first.
   *
   * @param seen the saved state read before Stripe; nothing if there was none
   */
  async save(
    subscription: Subscription,
    seen?: Pick<SavedState, 'announcedVersion' | 'looks'>,
  ): Promise<boolean> {
    const { announcedVersion: announced, looks } = seen ?? { announcedVersion: 0, looks: 0 };
    const { userId, version, savedAt, subscriptionId } = subscription;
    const isFirst = seen === undefined;
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
        put(stripeMapKey(subscriptionId), { userId }),
      ],
    });
    return unlessRefused(() => this.#table.client.send(command));
  }

  /**
   * Records that Stripe's state equals a version, so that a slower writer with an older answer loses. `false`
   * when another version came first.
   *
   * @param version 0: no version was saved, and Stripe has no subscription
   */
  async recordUnchanged(userId: string, version: number): Promise<boolean> {
    const isSame = 'version = :version';
    const command = new UpdateCommand({
      TableName: this.#table.name,
      Key: subscriptionKey(userId),
      UpdateExpression: 'SET version = :version, looks = if_not_exists(looks, :none) + :one',
      ConditionExpression: version === 0 ? `attribute_not_exists(pk) OR ${isSame}` : isSame,
      ExpressionAttributeValues: { ':none': 0, ':one': 1, ':version': version },
    });
    return unlessRefused(() => this.#table.client.send(command));
  }

  /** Records that a version was announced; a later one saved meanwhile is still pending. */
  async markAnnounced(userId: string, version: number): Promise<void> {
    const command = new UpdateCommand({
      TableName: this.#table.name,
      Key: subscriptionKey(userId),
      UpdateExpression: 'SET announced = :version',
      ConditionExpression: 'announced < :version',
      ExpressionAttributeValues: { ':version': version },
    });
    await unlessRefused(() => this.#table.client.send(command));
  }

  /** A user's former subscription states, the newest first. */
  async history(userId: string, limit: number, after?: string): Promise<RecordPage<Subscription>> {
    const { pk } = subscriptionKey(userId);
    return readPage(
      this.#table,
      { pk, prefix: HISTORY_PREFIX, limit, after },
      (item) => item.subscription as Subscription,
    ); // as in `read`
  }

  /** Saves a payment; a repeated save leaves it unchanged. */
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

  /** The user of a Stripe customer or subscription, if recorded. */
  async userOf(stripeId: string): Promise<string | undefined> {
    const item = await this.#get(stripeMapKey(stripeId));
    return item && String(item.userId);
  }

  /** Users of Stripe customers or subscriptions, by id, if recorded. */
  async usersOf(stripeIds: readonly string[]): Promise<Map<string, string>> {
    const ids = new Map(stripeIds.map((id) => [stripeMapKey(id).pk, id]));
    const items = await batchGet(this.#table, [...ids.values()].map(stripeMapKey));
    return new Map(items.map(({ pk, userId }) => [ids.get(String(pk)) ?? '', String(userId)]));
  }

  /** Stripe's customers that hold, or held, subscriptions of a user, in the order of their recording. */
  async customersOf(userId: string): Promise<readonly string[]> {
    return ((await this.#get(customersKey(userId)))?.customerIds as string[] | undefined) ?? []; // from `addCustomer`
  }

  /**
   * Adds a customer to a user. A customer without a user before is this user's from now on, if Stripe names
   * none; that never changes, so caches rely on it.
   */
  async addCustomer(userId: string, customerId: string): Promise<void> {
    const owner = new PutCommand({
      TableName: this.#table.name,
      Item: { ...stripeMapKey(customerId), userId },
      ConditionExpression: 'attribute_not_exists(pk)',
    });
    await unlessRefused(() => this.#table.client.send(owner));
    for (let tries = 0; tries < MAX_TRIES; tries += 1) {
      const known = await this.customersOf(userId);
      if (known.includes(customerId)) return;
      if (await this.#saveCustomers(userId, [...known, customerId])) return;
    }
    throw new Unavailable("others keep adding the same user's customers");
  }

  /** Saves a list with one more entry than its source; `false` when another one was saved first. */
  #saveCustomers(userId: string, customerIds: readonly string[]): Promise<boolean> {
    const isFirst = customerIds.length === 1;
    const command = new UpdateCommand({
      TableName: this.#table.name,
      Key: customersKey(userId),
      UpdateExpression: 'SET customerIds = :ids',
      ConditionExpression: isFirst ? 'attribute_not_exists(customerIds)' : 'size(customerIds) = :known',
      ExpressionAttributeValues: {
        ':ids': customerIds,
        ...(!isFirst && { ':known': customerIds.length - 1 }),
      },
    });
    return unlessRefused(() => this.#table.client.send(command));
  }

  /** Whether a user ever had a trial of a plan. */
  async hadTrial(userId: string): Promise<boolean> {
    return (await this.#get(customersKey(userId)))?.hadTrial === true;
  }

  /** Records that a user had a trial: also once its subscription cannot be found any more. */
  async noteTrial(userId: string): Promise<void> {
    const command = new UpdateCommand({
      TableName: this.#table.name,
      Key: customersKey(userId),
      UpdateExpression: 'SET hadTrial = :true',
      ConditionExpression: 'attribute_not_exists(hadTrial)',
      ExpressionAttributeValues: { ':true': true },
    });
    await unlessRefused(() => this.#table.client.send(command));
  }

  async #get(Key: ItemKey): Promise<Record<string, unknown> | undefined> {
    const command = new GetCommand({ TableName: this.#table.name, Key, ConsistentRead: true });
    const { Item } = await attempt(() => this.#table.client.send(command));
    return Item;
  }
}

function toSaved({ subscription, ...item }: Record<string, unknown>): SavedState {
  return {
    ...(subscription !== undefined && { subscription: subscription as Subscription }), // written by `save` alone
    announcedVersion: Number(item.announced ?? 0),
    looks: Number(item.looks ?? 0),
  };
}
