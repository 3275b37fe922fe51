import { GetCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { ApiKey } from '../../domain/api-key.ts';
import { attempt, type Table, unlessRefused } from './dynamodb.ts';
import { apiKeyKey, firstKeyKey } from './keys.ts';

/** API keys by their digest. No stored value can be turned back into a key. */
export class ApiKeyStore {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  /** A key's current state. */
  async find(keyId: string): Promise<ApiKey | undefined> {
    const item = await this.#get(apiKeyKey(keyId));
    return item && (item.key as ApiKey); // written by `add` alone
  }

  /** Stores a key; `false` if its id exists already, which then stays unchanged. */
  async add(key: ApiKey): Promise<boolean> {
    const command = new PutCommand({
      TableName: this.#table.name,
      Item: { ...apiKeyKey(key.keyId), key },
      ConditionExpression: 'attribute_not_exists(pk)',
    });
    return unlessRefused(() => this.#table.client.send(command));
  }

  /** Gives a key of the deployment other scopes; a revoked one stays revoked. */
  async updateFirst(keyId: string, scopes: readonly string[]): Promise<void> {
    const command = new UpdateCommand({
      TableName: this.#table.name,
      Key: apiKeyKey(keyId),
      UpdateExpression: 'SET #key.scopes = :scopes, #key.isFirst = :true',
      ConditionExpression: 'attribute_exists(pk)',
      ExpressionAttributeNames: { '#key': 'key' },
      ExpressionAttributeValues: { ':scopes': scopes, ':true': true },
    });
    await unlessRefused(() => this.#table.client.send(command));
  }

  /** Revokes a key at `now` (epoch ms), or leaves it revoked as it was; `false` without one. */
  async revoke(keyId: string, now: number): Promise<boolean> {
    const command = new UpdateCommand({
      TableName: this.#table.name,
      Key: apiKeyKey(keyId),
      UpdateExpression: 'SET #key.revokedAt = if_not_exists(#key.revokedAt, :now)',
      ConditionExpression: 'attribute_exists(pk)',
      ExpressionAttributeNames: { '#key': 'key' },
      ExpressionAttributeValues: { ':now': now },
    });
    return unlessRefused(() => this.#table.client.send(command));
  }

  /** The key that the deployment stored last under one of its own names, such as `adminKey`. */
  async firstKey(name: string): Promise<string | undefined> {
    const item = await this.#get(firstKeyKey(name));
    return item && String(item.keyId);
  }

  async saveFirstKey(name: string, keyId: string): Promise<void> {
    const command = new PutCommand({
      TableName: this.#table.name,
      Item: { ...firstKeyKey(name), keyId },
    });
    await attempt(() => this.#table.client.send(command));
  }

  async #get(key: { pk: string; sk: string }): Promise<Record<string, unknown> | undefined> {
    const command = new GetCommand({ TableName: this.#table.name, Key: key, ConsistentRead: true });
    const { Item } = await attempt(() => this.#table.client.send(command));
    return Item;
  }
}
