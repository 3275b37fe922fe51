import type { TestProject } from 'vitest/node';
import { type DynamoDBLocal, startDynamoDBLocal } from '../../infra/local/emulators/dynamodb.ts';
import type { TableDefinition } from '../../infra/local/emulators/tables.ts';
import { declaredTable } from './declared-table.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    dynamodbEndpoint: string;
    tableDefinition: TableDefinition;
  }
}

/** For a run after the other: an emulator that already runs, by its address; it keeps running afterwards. */
async function runningOrStarted(): Promise<Pick<DynamoDBLocal, 'endpoint' | 'stop'>> {
  const { DYNAMODB_LOCAL_ENDPOINT: endpoint } = process.env;
  if (endpoint) return { endpoint, stop: async () => {} };
  return startDynamoDBLocal({ report: console.log });
}

/**
 * One emulator for the whole suite; every test file makes tables of its own (see `table.ts`). Without it the
 * run fails.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const dynamodb = await runningOrStarted();
  project.provide('dynamodbEndpoint', dynamodb.endpoint);
  project.provide('tableDefinition', declaredTable());
  return () => dynamodb.stop();
}
