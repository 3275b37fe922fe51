import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { DataTable } from '../../infra/data-table.ts';
import { resolveTemplate } from '../../infra/local/assembly/intrinsics.ts';
import type { Template as CloudFormationTemplate } from '../../infra/local/assembly/template.ts';
import { type TableDefinition, tableDefinitions } from '../../infra/local/emulators/tables.ts';

/** The table as the stack declares it, read from its template. */
export function declaredTable(): TableDefinition {
  // By default an app writes into a temporary folder that is never removed.
  const outdir = mkdtempSync(join(tmpdir(), 'quota-service-table-'));
  try {
    const stack = new Stack(new App({ outdir, builtinCloudFormationValidation: false }), 'Stack');
    new DataTable(stack, 'DataTable');
    // `toJSON` types a template as any object.
    const template = Template.fromStack(stack).toJSON() as CloudFormationTemplate;
    const [table] = tableDefinitions({ resources: resolveTemplate(template) });
    if (!table) throw new Error('The stack declares no table');
    return table;
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}
