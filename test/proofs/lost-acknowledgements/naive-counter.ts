import { GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { Table } from '../../../shared/adapters/dynamodb/dynamodb.ts';

const MOST_TRIES = 20;

/**
 * A typical quota: read, compare, increment, and retry after any error, without operation ids and conditions.
 * The comparison shows what these prevent.
 */
export class NaiveCounter {
  readonly #table: Table;
  readonly #key: { pk: string; sk: string };
  readonly #limit: number;

  constructor(table: Table, userId: string, limit: number) {
    this.#table = table;
    this.#key = { pk: `NAIVE#${userId}`, sk: 'COUNTER' };
    this.#limit = limit;
  }

  /** Whether the amount was admitted. */
  async consume(amount: number): Promise<boolean> {
    for (let tries = 1; ; tries += 1) {
      try {
        if ((await this.used()) + amount > this.#limit) return false;
        await this.#add(amount);
        return true;
      } catch (error) {
        if (tries === MOST_TRIES) throw error;
      }
    }
  }

  async used(): Promise<number> {
    const command = new GetCommand({ TableName: this.#table.name, Key: this.#key, ConsistentRead: true });
    const { Item } = await this.#table.client.send(command);
    return Number(Item?.used ?? 0);
  }

  async #add(amount: number): Promise<void> {
    const command = new UpdateCommand({
      TableName: this.#table.name,
      Key: this.#key,
      UpdateExpression: 'ADD used :amount',
      ExpressionAttributeValues: { ':amount': amount },
    });
    await this.#table.client.send(command);
  }
}
