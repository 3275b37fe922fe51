/**
 * Consumes whose acknowledgements are lost: how many are charged twice, how many admitted beyond a limit. The
 * real service and a naive one, under the same faults, each on its own emulator.
 *
 * Usage: npm run bench:lost-acks -- [--consumes 20000] [--lost 0.1] [--seed 1] [--record]
 */
import { randomUUID } from 'node:crypto';
import { parseArgs } from 'node:util';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { startDynamoDBLocal } from '../../infra/local/emulators/dynamodb.ts';
import { createTable } from '../../infra/local/emulators/tables.ts';
import type { Table } from '../../shared/adapters/dynamodb/dynamodb.ts';
import {
  chargeNaively,
  chargeOnce,
  type LostAcknowledgements,
  type Tally,
} from '../proofs/lost-acknowledgements/lost-acknowledgements.ts';
import { declaredTable } from '../support/declared-table.ts';
import { RECORD_OPTION, recordEvidence } from '../support/evidence.ts';

const { values } = parseArgs({
  options: {
    consumes: { type: 'string', default: '20000' },
    lost: { type: 'string', default: '0.1' },
    seed: { type: 'string', default: '1' },
    ...RECORD_OPTION,
  },
});
const consumes = Number(values.consumes);
const lost = Number(values.lost);
const seed = Number(values.seed);
if (!Number.isInteger(consumes) || consumes < 1 || !(lost >= 0 && lost < 1) || !Number.isInteger(seed)) {
  console.error('--consumes and --seed are whole numbers, --lost is a share between 0 and 1.');
  process.exit(2);
}

const naive = await measure('naive', chargeNaively);
const real = await measure('this service', chargeOnce);
print('naive, retried blindly', naive);
print('this service', real);

const isExact = real.doubleCharged === 0 && real.overAdmitted === 0 && real.errorShare === 0;
const showsErrors = lost < 0.05 || naive.errorShare >= 0.03;
console.log(
  isExact
    ? `PASS: ${consumes} consumes with ${lost * 100} % of the acknowledgements lost, each charged once.`
    : 'FAIL: not every consume was charged exactly once.',
);
if (!showsErrors) console.log('FAIL: the naive arm shows no error, so the faults had no effect.');
process.exitCode = isExact && showsErrors ? 0 : 1;
recordEvidence({
  command: 'bench:lost-acks',
  size: `${consumes.toLocaleString('en')} consumes, ${lost * 100} % of the answers lost`,
  isPassed: isExact && showsErrors,
  counts: {
    charged: real.charged,
    'charged twice': real.doubleCharged,
    'over a limit': real.overAdmitted,
    'naively charged twice': naive.doubleCharged,
    'naively over a limit': naive.overAdmitted,
  },
  on: ['DynamoDB Local'],
});

/** Each arm gets its own emulator and a table without a stream: it slows down as records pile up. */
async function measure(
  name: string,
  charge: (options: LostAcknowledgements) => Promise<Tally>,
): Promise<Tally> {
  const emulator = await startDynamoDBLocal({ report: console.log });
  const client = new DynamoDBClient({
    endpoint: emulator.endpoint,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    maxAttempts: 1,
  });
  try {
    const table: Table = { client: DynamoDBDocumentClient.from(client), name: 'lost-acks' };
    const declared = declaredTable();
    const { StreamSpecification: _, ...streamless } = declared.create;
    await createTable(client, { ...declared, create: { ...streamless, TableName: table.name } });
    const startedAt = Date.now();
    const tally = await charge({
      table,
      endpoint: emulator.endpoint,
      consumes,
      lost,
      seed,
      run: randomUUID(),
      onProgress: progressOf(name),
    });
    if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
    console.log(`${name}: ${consumes} consumes in ${((Date.now() - startedAt) / 1000).toFixed(1)} s`);
    return tally;
  } finally {
    client.destroy();
    await emulator.stop();
  }
}

function progressOf(name: string): (done: number) => void {
  if (!process.stderr.isTTY) return () => {};
  const step = Math.max(1, Math.floor(consumes / 200));
  return (done) => {
    if (done % step === 0) process.stderr.write(`\r\x1b[K${name}: ${done} of ${consumes}`);
  };
}

function print(title: string, tally: Tally): void {
  console.log(`
${title}
  acknowledged    ${tally.acknowledged}
  charged         ${tally.charged}
  double charged  ${tally.doubleCharged}
  over the limit  ${tally.overAdmitted}
  error           ${tally.errorShare >= 0 ? '+' : ''}${(tally.errorShare * 100).toFixed(2)} %
`);
}
