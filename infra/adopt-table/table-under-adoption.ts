import {
  DescribeTableCommand,
  type DynamoDBClient,
  type TableDescription,
  UpdateTableCommand,
  type UpdateTableCommandInput,
} from '@aws-sdk/client-dynamodb';

/** A restored table while its settings are made those of the stack's own table. */
export class TableUnderAdoption {
  readonly name: string;
  readonly client: Pick<DynamoDBClient, 'send'>;
  readonly sleep: (ms: number) => Promise<unknown>;

  constructor(client: Pick<DynamoDBClient, 'send'>, name: string, sleep: (ms: number) => Promise<unknown>) {
    this.client = client;
    this.name = name;
    this.sleep = sleep;
  }

  /**
   * Waits until the table and its indexes are active, and returns its description. A restore, and an index
   * over a large table, may take hours.
   */
  async whenActive(): Promise<TableDescription> {
    for (;;) {
      const { Table = {} } = await this.client.send(new DescribeTableCommand({ TableName: this.name }));
      const states = [
        Table.TableStatus,
        ...(Table.GlobalSecondaryIndexes ?? []).map((one) => one.IndexStatus),
      ];
      if (states.every((state) => state === 'ACTIVE')) return Table;
      await this.sleep(POLL_MS);
    }
  }

  /** Changes the table, and waits until the change is done. */
  async update(change: Omit<UpdateTableCommandInput, 'TableName'>): Promise<void> {
    await this.client.send(new UpdateTableCommand({ TableName: this.name, ...change }));
    await this.whenActive();
  }
}

const POLL_MS = 5_000;

/** A setting of a table that contradicts the stack's; the message contains the remedy. */
export class UnfitTable extends Error {
  override readonly name = 'UnfitTable';
}
