/**
 * Checks a copy of the archive of ledger and usage, and compares it with the checkpoints of a deployed table.
 * It only reads.
 *
 * Usage: aws s3 sync s3://BUCKET/archive DIR
 *        npm run archive-check -- --directory DIR [--table NAME] [--region eu-central-1]
 *        [--endpoint http://127.0.0.1:8000]
 *
 * Exits with 0 without findings, with 1 with findings, and with 2 if the copy or the table could not be read.
 */
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { createDynamoDb } from '../../../shared/adapters/dynamodb/dynamodb.ts';
import { LedgerStore } from '../../../shared/adapters/dynamodb/ledger-store.ts';
import { checkArchive } from './check-archive.ts';

const { values } = parseArgs({
  options: {
    directory: { type: 'string' },
    table: { type: 'string' },
    region: { type: 'string' },
    endpoint: { type: 'string' },
  },
});
const { directory, table: name, endpoint, region } = values;
if (directory === undefined) {
  console.error('--directory is missing: a copy of the folder archive/ of the bucket.');
  process.exit(2);
}

/** DynamoDB Local accepts any credentials. */
const local = { endpoint, region: 'local', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } };

function ledger(table: string): LedgerStore {
  const client = createDynamoDb(
    { ...(endpoint !== undefined && local), ...(region !== undefined && { region }) },
    { requestTimeoutMs: 10_000, readAttempts: 5, readBudgetMs: 60_000 },
  );
  return new LedgerStore({ client, name: table });
}

try {
  const store = name === undefined ? undefined : ledger(name);
  const checkpointOf = store && ((userId: string) => store.checkpoint(userId));
  const { findings, ...counts } = await checkArchive(resolve(directory), checkpointOf);
  for (const finding of findings) console.log(finding);
  const figures = Object.entries({ ...counts, findings: findings.length });
  console.log(figures.map(([figure, count]) => `${figure} ${count}`).join(', '));
  process.exitCode = findings.length > 0 ? 1 : 0;
} catch (error) {
  console.error(String(error));
  process.exitCode = 2;
}
