import type { TestProject } from 'vitest/node';
import { startDynamoDBLocal } from '../../infra/local/dynamodb.ts';
import type { TableDefinition } from '../../infra/local/tables.ts';
import { declaredTable } from './declared-table.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    dynamodbEndpoint: string;
    tableDefinition: TableDefinition;
  }
}

/** One emulator for the whole suite; every test file makes tables of its own (see `table.ts`). Its absence fails the run. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const dynamodb = await startDynamoDBLocal({ report: console.log });
  project.provide('dynamodbEndpoint', dynamodb.endpoint);
  project.provide('tableDefinition', declaredTable());
  return () => dynamodb.stop();
}
