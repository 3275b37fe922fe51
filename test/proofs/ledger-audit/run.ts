/**
 * Compares every account of a deployed table with its ledger, as the job `ledger-audit` does. It only reads,
 * but for `--fill-from`: that copies the entries which a restored table lacks from the former one.
 *
 * Usage: npm run ledger-audit -- --table NAME [--region eu-central-1] [--endpoint http://127.0.0.1:8000]
 * [--user ID] [--from CHECKPOINT] [--fill-from FORMER [--restored-at 2026-11-28T07:00:00Z]]
 *
 * `--restored-at` is the moment that the table was restored to, where DynamoDB does not know it.
 *
 * Exits with 0 without findings, with 1 with findings, and with 2 if accounts or the table could not be read;
 * then it prints the checkpoint from which a later call continues.
 */
import { parseArgs } from 'node:util';
import { AccountScan } from '../../../shared/adapters/dynamodb/account-scan.ts';
import { AccountStore } from '../../../shared/adapters/dynamodb/account-store.ts';
import { createDynamoDb } from '../../../shared/adapters/dynamodb/dynamodb.ts';
import { LedgerStore } from '../../../shared/adapters/dynamodb/ledger-store.ts';
import { auditLedgers } from '../../../shared/usecases/ledger/audit-ledgers.ts';
import { fillFrom } from './fill-from.ts';

const { values } = parseArgs({
  options: {
    table: { type: 'string' },
    region: { type: 'string' },
    endpoint: { type: 'string' },
    user: { type: 'string' },
    from: { type: 'string' },
    'fill-from': { type: 'string' },
    'restored-at': { type: 'string' },
  },
});
if (values.table === undefined) {
  console.error('--table is missing: the output TableName of the stack, or the table that npm start prints.');
  process.exit(2);
}

const { endpoint, region } = values;
/** DynamoDB Local accepts any credentials. */
const local = { endpoint, region: 'local', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } };
const client = createDynamoDb(
  { ...(endpoint !== undefined && local), ...(region !== undefined && { region }) },
  { requestTimeoutMs: 10_000, readAttempts: 5, readBudgetMs: 60_000 },
);
const table = { client, name: values.table };
const deps = {
  accounts: new AccountStore(table),
  ledger: new LedgerStore(table),
  accountScan: new AccountScan(table),
  now: Date.now,
  sleep: (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms)),
  random: Math.random,
  onFinding: (userId: string, finding: string) => console.log(`${userId}: ${finding}`),
};
let checkpoint = values.from;
let isInterrupted = false;
process.once('SIGINT', () => {
  isInterrupted = true;
});
const context = {
  mayContinue: () => !isInterrupted,
  checkpoint,
  onceId: 'console',
  progress: ({ processed }: { readonly processed: number }, position?: string) => {
    checkpoint = position ?? checkpoint;
    if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${processed} accounts`);
  },
  note: (error: unknown, userId?: string) => {
    if (error instanceof Error) console.error(`${userId}: ${error.name}: ${error.message}`);
  },
};

try {
  const former = values['fill-from'];
  const restored = former === undefined ? {} : await fillFrom(deps, table, former, values['restored-at']);
  const { counts, isComplete } = await auditLedgers(
    { ...deps, ...restored },
    { userId: values.user },
    context,
  );
  if (process.stderr.isTTY) process.stderr.write('\r\u001b[K');
  console.log(
    Object.entries(counts)
      .map(([name, count]) => `${name} ${count}`)
      .join(', '),
  );
  if (!isComplete) printCheckpoint();
  const isUnclear = !isComplete || counts.failed > 0;
  process.exitCode = counts.findings > 0 ? 1 : isUnclear ? 2 : 0;
} catch (error) {
  console.error(String(error));
  printCheckpoint();
  process.exitCode = 2;
}

function printCheckpoint(): void {
  if (checkpoint !== undefined)
    console.error(`Not all accounts were audited. Continue with --from '${checkpoint}'`);
}
