import { createHash } from 'node:crypto';
import { DeleteCommand, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { attempt, type Table } from './dynamodb.ts';
import { type ItemKey, unpublishedEventKey } from './keys.ts';
import { outboxMark } from './outbox-index.ts';

/** An event that is stored until it is published. */
export interface StoredEvent {
  readonly type: string;
  readonly detail: object;
  /** When it happened (epoch ms). */
  readonly at: number;
}

const LIFETIME_MS = 14 * 86_400_000;

/** Events that could not be published when they happened. Storing one twice has no further effect. */
export class EventOutbox<E extends StoredEvent> {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  async keep(event: E, now: number): Promise<void> {
    const id = createHash('sha256').update(JSON.stringify(event)).digest('base64url');
    const command = new PutCommand({
      TableName: this.#table.name,
      Item: {
        ...unpublishedEventKey(id),
        ...outboxMark(id, now),
        event,
        ttl: Math.floor((event.at + LIFETIME_MS) / 1000),
      },
    });
    await attempt(() => this.#table.client.send(command));
  }

  async read(key: ItemKey): Promise<E | undefined> {
    const command = new GetCommand({ TableName: this.#table.name, Key: { ...key }, ConsistentRead: true });
    const { Item } = await attempt(() => this.#table.client.send(command));
    return Item?.event as E | undefined; // written by `keep` alone
  }

  async drop(key: ItemKey): Promise<void> {
    const command = new DeleteCommand({ TableName: this.#table.name, Key: { ...key } });
    await attempt(() => this.#table.client.send(command));
  }
}
