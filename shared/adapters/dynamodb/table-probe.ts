import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { PARTITIONS } from '../../contract.ts';
import { attempt, type Table } from './dynamodb.ts';

/** Reads an item that does not exist. */
export class TableProbe {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  /** Returns when the table answers; throws as `attempt` does when it does not. */
  async ask(): Promise<void> {
    const command = new GetCommand({
      TableName: this.#table.name,
      Key: { pk: PARTITIONS.health, sk: 'HEALTH' },
    });
    await attempt(() => this.#table.client.send(command));
  }
}
