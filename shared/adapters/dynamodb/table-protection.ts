import { DescribeTableCommand, ResourceInUseException, UpdateTableCommand } from '@aws-sdk/client-dynamodb';
import { Unavailable } from '../../domain/faults.ts';
import { attempt, type Table } from './dynamodb.ts';

/** DynamoDB's protection of a table against deletion. */
export class TableProtection {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  /**
   * Enables it unless it is enabled. Throws as `attempt` does, the service's error on denied access, and
   * `Unavailable` while another change of the table is under way, such as a new index.
   */
  async enable(): Promise<void> {
    const { client, name: TableName } = this.#table;
    const { Table } = await attempt(() => client.send(new DescribeTableCommand({ TableName })));
    if (Table?.DeletionProtectionEnabled) return;
    const command = new UpdateTableCommand({ TableName, DeletionProtectionEnabled: true });
    try {
      await attempt(() => client.send(command));
    } catch (error) {
      if (!(error instanceof ResourceInUseException)) throw error;
      throw new Unavailable('the table is being changed', { cause: error });
    }
  }
}
