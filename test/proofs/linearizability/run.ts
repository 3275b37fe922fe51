/**
 * Histories of concurrent clients, each checked for an order that explains every answer: most of them at the
 * use cases over DynamoDB Local behind the fault proxy, some over HTTP, behind it too; and the naive counter,
 * which must be rejected.
 *
 * npm run test:linearizability -- [--histories 10000] [--http 200] [--seed 1] [--clients 3] [--calls 3]
 * [--record]
 */
import { parseArgs } from 'node:util';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { startDynamoDBLocal } from '../../../infra/local/emulators/dynamodb.ts';
import { createTable } from '../../../infra/local/emulators/tables.ts';
import { declaredTable } from '../../support/declared-table.ts';
import { RECORD_OPTION, recordEvidence } from '../../support/evidence.ts';
import { proxyTable } from '../../support/fault-proxy/proxied-table.ts';
import { startStackBehindProxy } from '../../support/hung-table.ts';
import {
  type HistoriesReport,
  httpClients,
  putHistoriesPlans,
  recordHistories,
  recordNaively,
  useCaseClients,
} from './record-histories.ts';
import { tableFaults } from './table-faults.ts';

const { values } = parseArgs({
  options: {
    histories: { type: 'string', default: '10000' },
    http: { type: 'string', default: '200' },
    seed: { type: 'string', default: '1' },
    clients: { type: 'string', default: '3' },
    calls: { type: 'string', default: '3' },
    ...RECORD_OPTION,
  },
});
const [histories = 0, http = 0, seed = 0, clients = 0, callsPerClient = 0] = [
  values.histories,
  values.http,
  values.seed,
  values.clients,
  values.calls,
].map(Number);
if (
  ![histories, http, seed, clients, callsPerClient].every((number) => Number.isInteger(number) && number >= 0)
) {
  console.error('--histories, --http, --seed, --clients and --calls are whole numbers.');
  process.exit(2);
}

const NAIVE_HISTORIES = 50;
const size = { clients, callsPerClient, seed };

const { real, naive } = await overDynamoDB();
const overHttp = http > 0 ? await overGateway() : undefined;
print('use cases over DynamoDB Local, one request in ten with a fault', real);
if (overHttp) print('over HTTP, with the same faults and callers that disconnect', overHttp);
print('naive: read, compare, write', naive);
const reports = overHttp ? [real, overHttp] : [real];
const faults = reports.flatMap((report) => report.faults);
for (const fault of faults.slice(0, 5)) console.log(`\nNo order explains this history:\n${fault}`);
const isPassed = faults.length === 0 && naive.faults.length > 0;
if (naive.faults.length === 0) console.log('The naive counter was not rejected: the check proves nothing.');
console.log(isPassed ? 'PASS' : 'FAIL');
recordEvidence({
  command: 'test:linearizability',
  size: `${(histories + http).toLocaleString('en')} histories, ${http} of them over HTTP; ${clients} clients × ${callsPerClient} calls`,
  isPassed,
  counts: {
    calls: reports.reduce((sum, report) => sum + report.calls, 0),
    'of them with unknown outcome': reports.reduce((sum, report) => sum + (report.outcomes.unknown ?? 0), 0),
    'histories that no order explains': faults.length,
    [`of ${NAIVE_HISTORIES} naive ones`]: naive.faults.length,
  },
  on: ['DynamoDB Local', 'the fault proxy'],
});
process.exit(isPassed ? 0 : 1);

/** On a table without a stream, which gets slow as records pile up. */
async function overDynamoDB(): Promise<{ real: HistoriesReport; naive: HistoriesReport }> {
  const emulator = await startDynamoDBLocal({ report: console.log });
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const client = new DynamoDBClient({ endpoint: emulator.endpoint, region: 'eu-central-1', credentials });
  const declared = declaredTable();
  const { StreamSpecification: _, ...streamless } = declared.create;
  const tableName = 'linearizability';
  await createTable(client, { ...declared, create: { ...streamless, TableName: tableName } });
  const table = await proxyTable({ endpoint: emulator.endpoint, tableName });
  const naive = await recordNaively({ ...size, histories: NAIVE_HISTORIES, atOnce: 8 }, table);
  table.proxy.follow(tableFaults(seed));
  const real = await recordHistories(
    { ...size, histories, atOnce: 8, onProgress: progressOf('use cases', histories) },
    useCaseClients(table),
  );
  await table.stop();
  client.destroy();
  await emulator.stop();
  return { real, naive };
}

async function overGateway(): Promise<HistoriesReport> {
  const behind = await startStackBehindProxy();
  await putHistoriesPlans(behind.stack);
  behind.proxy.follow(tableFaults(seed));
  const report = await recordHistories(
    { ...size, histories: http, atOnce: 2, onProgress: progressOf('over HTTP', http) },
    httpClients(behind.stack),
  );
  await behind.stop();
  return report;
}

function progressOf(name: string, total: number): (done: number) => void {
  const step = process.stderr.isTTY ? 10 : Math.ceil(total / 20);
  return (done) => {
    if (done % step !== 0 && done !== total) return;
    const line = `${name}: ${done} of ${total} histories`;
    process.stderr.write(process.stderr.isTTY ? `\r\x1b[K${line}` : `${line}\n`);
  };
}

function print(title: string, { histories, calls, outcomes, faults }: HistoriesReport): void {
  const answers = Object.entries(outcomes).map(([code, count]) => `${code} ${count}`);
  console.log(`
${title}
  histories               ${histories}
  calls                   ${calls} (${answers.join(', ')})
  that no order explains  ${faults.length}
`);
}
