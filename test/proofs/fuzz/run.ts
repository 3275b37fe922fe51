/**
 * Documented requests, mutated: through the handlers, and over HTTP. No 5xx, no state change by a refused
 * request, every answer as documented, every 400 with the field. A fault is printed with the smallest request
 * that shows it.
 *
 *   npm run test:fuzz -- [--handler-cases 100000] [--http-cases 2000] [--seed 1] [--from 0] [--record]
 */
import { parseArgs } from 'node:util';
import { startDynamoDBLocal } from '../../../infra/local/emulators/dynamodb.ts';
import { RECORD_OPTION, recordEvidence } from '../../support/evidence.ts';
import { type FuzzReport, fuzz } from './fuzz.ts';
import { openHandlerTarget } from './open-handler-target.ts';
import { openHttpTarget } from './open-http-target.ts';
import { printReport, serverErrors } from './print-report.ts';
import { RequestMaker } from './request-maker.ts';

const HTTP_AT_ONCE = 8;

const { values } = parseArgs({
  options: {
    'handler-cases': { type: 'string', default: '100000' },
    'http-cases': { type: 'string', default: '2000' },
    seed: { type: 'string', default: '1' },
    from: { type: 'string', default: '0' },
    ...RECORD_OPTION,
  },
});
const [handlerCases, httpCases, seed, from] = [
  values['handler-cases'],
  values['http-cases'],
  values.seed,
  values.from,
].map(Number) as [number, number, number, number]; // four texts make four numbers
if (![handlerCases, httpCases, seed, from].every((count) => Number.isInteger(count) && count >= 0)) {
  console.error('--handler-cases, --http-cases, --seed and --from are whole numbers.');
  process.exit(2);
}

const startedAt = performance.now();
const reports: FuzzReport[] = [];
if (handlerCases > 0) reports.push(await fuzzHandlers());
if (httpCases > 0) reports.push(await fuzzHttp());

const sum = (figure: (report: FuzzReport) => number) => reports.reduce((all, one) => all + figure(one), 0);
const counts = {
  requests: sum(({ sent }) => sent),
  'to be refused': sum(({ refused }) => refused),
  'status 5xx': sum(serverErrors),
  'state changes': sum(({ stateChanges }) => stateChanges),
  faults: sum(({ faults }) => faults.length),
};
const isPassed = counts['status 5xx'] + counts['state changes'] + counts.faults === 0;
console.log(
  `\n${isPassed ? 'PASS' : 'FAIL'} after ${((performance.now() - startedAt) / 1_000).toFixed(0)} s`,
  counts,
);
recordEvidence({
  command: 'test:fuzz',
  size: `${handlerCases.toLocaleString('en')} through the handlers, ${httpCases.toLocaleString('en')} over HTTP, seed ${seed}`,
  isPassed,
  counts,
  on: ['DynamoDB Local', 'the local stack'],
});
process.exit(isPassed ? 0 : 1);

async function fuzzHandlers(): Promise<FuzzReport> {
  const emulator = await startDynamoDBLocal({ report: console.log });
  const { target, routes } = await openHandlerTarget(emulator.endpoint);
  try {
    const options = { cases: handlerCases, from, onProgress: progressOf('handlers', handlerCases) };
    const report = await fuzz(target, new RequestMaker(routes, seed, handlerCases), options);
    finish(target.name, report);
    return report;
  } finally {
    await target.stop();
    await emulator.stop();
  }
}

async function fuzzHttp(): Promise<FuzzReport> {
  const { target, routes } = await openHttpTarget();
  try {
    const options = {
      cases: httpCases,
      from,
      atOnce: HTTP_AT_ONCE,
      onProgress: progressOf('HTTP', httpCases),
    };
    const report = await fuzz(target, new RequestMaker(routes, seed, httpCases), options);
    finish(target.name, report);
    return report;
  } finally {
    await target.stop();
  }
}

function finish(name: string, report: FuzzReport): void {
  if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
  printReport(name, report, seed);
}

function progressOf(name: string, total: number): (done: number) => void {
  const step = Math.max(1, Math.floor(total / (process.stderr.isTTY ? 500 : 20)));
  return (done) => {
    if (done % step !== 0) return;
    const line = `${name}: ${done.toLocaleString('en')} of ${total.toLocaleString('en')}`;
    process.stderr.write(process.stderr.isTTY ? `\r\x1b[K${line}` : `${line}\n`);
  };
}
