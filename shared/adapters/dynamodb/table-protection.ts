import { DescribeTableCommand, UpdateTableCommand } from '@aws-sdk/client-dynamodb';
import { attempt, type Table } from './dynamodb.ts';

/** DynamoDB's protection of a table against deletion. */
export class TableProtection {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  /** Enables it unless it is enabled. Throws as `attempt` does, and the service's error on denied access. */
  async enable(): Promise<void> {
    const { client, name: TableName } = this.#table;
    const { Table } = await attempt(() => client.send(new DescribeTableCommand({ TableName })));
    if (Table?.DeletionProtectionEnabled) return;
    const command = new UpdateTableCommand({ TableName, DeletionProtectionEnabled: true });
    await attempt(() => client.send(command));
  }
}
