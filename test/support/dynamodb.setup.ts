import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import type { TestProject } from 'vitest/node';
import { DataTable } from '../../infra/data-table.ts';
import { startDynamoDBLocal } from '../../infra/local/dynamodb.ts';
import { resolveTemplate } from '../../infra/local/intrinsics.ts';
import { type TableDefinition, tableDefinitions } from '../../infra/local/tables.ts';
import type { Template as CloudFormationTemplate } from '../../infra/local/template.ts';

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

/** The table as the stack declares it, read from its template. */
function declaredTable(): TableDefinition {
  const stack = new Stack(new App({ builtinCloudFormationValidation: false }), 'Stack');
  new DataTable(stack, 'DataTable');
  // `toJSON` types a template as any object.
  const template = Template.fromStack(stack).toJSON() as CloudFormationTemplate;
  const [table] = tableDefinitions({ resources: resolveTemplate(template) });
  if (!table) throw new Error('The stack declares no table');
  return table;
}
