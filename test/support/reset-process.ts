/** Started as a process, to be killed: one run of `quota-reset` that reports its progress. */

import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { translation } from '../../shared/adapters/dynamodb/dynamodb.ts';
import { runReset } from './reset-run.ts';

const [endpoint = '', tableName = '', nowText = ''] = process.argv.slice(2);
const client = new DynamoDBClient({
  endpoint,
  region: 'eu-central-1',
  credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  maxAttempts: 1,
});
const offsetMs = Number(nowText) - Date.now();
const documents = DynamoDBDocumentClient.from(client, translation());
const table = { client: documents, name: tableName };
const run = await runReset(
  table,
  () => Date.now() + offsetMs,
  ({ processed }) => console.log(`processed ${processed}`),
);
if (run.state !== 'succeeded') console.error(run);
process.exit(run.state === 'succeeded' ? 0 : 1);
