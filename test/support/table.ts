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
 * @param options.ttl whether the emulator deletes expired items. @default true
 */
export async function createTestTable(options: { stream?: boolean; ttl?: boolean } = {}): Promise<TestTable> {
  const endpoint = inject('dynamodbEndpoint');
  const client = new DynamoDBClient({
    endpoint,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    // As in production: the SDK's own retries would hide what a test counts.
    maxAttempts: 1,
  });
  const tableName = `test-${randomUUID()}`;
  await createTable(client, definition(tableName, options));
  return {
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

function definition(
  TableName: string,
  { stream = false, ttl = true }: { stream?: boolean; ttl?: boolean },
): TableDefinition {
  const declared = inject('tableDefinition');
  const { StreamSpecification, ...streamless } = declared.create;
  return {
    ...declared,
    ttlAttribute: ttl ? declared.ttlAttribute : undefined,
    create: { ...streamless, TableName, ...(stream && StreamSpecification && { StreamSpecification }) },
  };
}
