import { Agent } from 'node:http';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { startDynamoDBLocal } from '../../infra/local/emulators/dynamodb.ts';
import { createTable } from '../../infra/local/emulators/tables.ts';
import { translation } from '../../shared/adapters/dynamodb/dynamodb.ts';
import { declaredTable } from './declared-table.ts';

export interface BenchTables {
  readonly endpoint: string;
  readonly client: DynamoDBDocumentClient;
  stop(): Promise<void>;
}

/**
 * Tables as the stack declares them on an emulator of their own, without a stream: it slows down as records
 * pile up.
 */
export async function createBenchTables(...names: string[]): Promise<BenchTables> {
  const emulator = await startDynamoDBLocal({ report: console.log });
  const client = new DynamoDBClient({
    endpoint: emulator.endpoint,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    maxAttempts: 1,
    requestHandler: { httpAgent: new Agent({ keepAlive: true, maxSockets: 100 }) },
  });
  const declared = declaredTable();
  const { StreamSpecification: _, ...streamless } = declared.create;
  for (const TableName of names) {
    await createTable(client, { ...declared, create: { ...streamless, TableName } });
  }
  return {
    endpoint: emulator.endpoint,
    client: DynamoDBDocumentClient.from(client, translation()),
    async stop() {
      client.destroy();
      await emulator.stop();
    },
  };
}
