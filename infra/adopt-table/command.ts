/**
 * Prepares a restored table for `-c tableName=`: gives it the settings of the stack's own table, which a
 * restore leaves behind, and prints the settings of the deployment that uses it. It may be repeated.
 *
 * Usage: npm run adopt-table -- --table NAME [--tags-from NAME] [--region eu-central-1]
 * [--endpoint http://127.0.0.1:8000]
 *
 * Exits with 1 if the table does not fit, and with 2 for a wrong option.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { adoptTable } from './adopt-table.ts';
import { TableUnderAdoption } from './table-under-adoption.ts';

const { table, 'tags-from': tagsFrom, region, endpoint } = options();
/** DynamoDB Local accepts any credentials. */
const local = { endpoint, region: 'local', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } };
const client = new DynamoDBClient({
  ...(endpoint !== undefined && local),
  ...(region !== undefined && { region }),
});
try {
  const adoption = await adoptTable(new TableUnderAdoption(client, table, sleep), {
    tagsFrom,
    onStep: (setting, outcome) => console.log(`${setting}: ${outcome}`),
  });
  console.log(
    `\nPut these into the stage's file in config/, then deploy:\n${JSON.stringify(adoption, null, 2)}`,
  );
} catch (error) {
  console.error(String(error));
  process.exitCode = 1;
}

function options() {
  try {
    const { values } = parseArgs({
      options: {
        table: { type: 'string' },
        'tags-from': { type: 'string' },
        region: { type: 'string' },
        endpoint: { type: 'string' },
      },
    });
    if (values.table === undefined) throw new Error('--table is missing: the name of the restored table.');
    return { ...values, table: values.table };
  } catch (error) {
    console.error(Object(error).message);
    process.exit(2);
  }
}
