import { randomUUID } from 'node:crypto';
import { DeleteTableCommand, DynamoDBClient, UpdateTableCommand } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { inject } from 'vitest';
import { createTable, type TableDefinition } from '../../infra/local/emulators/tables.ts';
import { translation } from '../../shared/adapters/dynamodb/dynamodb.ts';

export interface TestTable {
  readonly tableName: string;
  readonly endpoint: string;
  readonly documentClient: DynamoDBDocumentClient;
  /** Deletes the table and closes the client. */
  drop(): Promise<void>;
}

/**
 * A fresh table as the stack declares it, under its own name.
 *
 * @param options.stream the emulator gets slow as stream records pile up, so only tests of the stream enable
 * one
 */
export async function createTestTable(options: { stream?: boolean } = {}): Promise<TestTable> {
  const tableName = `test-${randomUUID()}`;
  const table = openTestTable(inject('dynamodbEndpoint'), tableName);
  await createTable(table.client, definition(tableName, options.stream ?? false));
  return table;
}

/** An existing table of DynamoDB Local. */
export function openTestTable(
  endpoint: string,
  tableName: string,
): TestTable & { readonly client: DynamoDBClient } {
  const client = new DynamoDBClient({
    endpoint,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    // As in production: the SDK's own retries would hide what a test counts.
    maxAttempts: 1,
  });
  return {
    client,
    tableName,
    endpoint,
    documentClient: DynamoDBDocumentClient.from(client, translation()),
    async drop() {
      // The seed protects the table of a test, too.
      await client.send(new UpdateTableCommand({ TableName: tableName, DeletionProtectionEnabled: false }));
      await client.send(new DeleteTableCommand({ TableName: tableName }));
      client.destroy();
    },
  };
}

function definition(TableName: string, stream: boolean): TableDefinition {
  const declared = inject('tableDefinition');
  const { StreamSpecification, ...streamless } = declared.create;
  return {
    ...declared,
    create: { ...streamless, TableName, ...(stream && StreamSpecification && { StreamSpecification }) },
  };
}
