/**
 * DynamoDB accepts every request and answers none, while callers continue over HTTP: their answers, the
 * number of requests that reach the table, and the time until recovery.
 *
 *   npm run test:outage -- [--seconds 30] [--rate 4] [--record]
 */
import { parseArgs } from 'node:util';
import { RECORD_OPTION, recordEvidence } from '../../support/evidence.ts';
import { type HungTableReport, hangTable, startStackBehindProxy } from '../../support/hung-table.ts';
import type { AnsweredCall } from './steady-callers.ts';

/** Two seconds for the service, one for this machine. */
const ANSWERED_WITHIN_MS = 3_000;
const NORMAL_AFTER_MS = 5_000;
const MOST_REQUESTS_PER_CALL = 1.1;
const AROUND_MS = 8_000;

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '30' },
    rate: { type: 'string', default: '4' },
    ...RECORD_OPTION,
  },
});
const seconds = Number(values.seconds);
const callsPerSecond = Number(values.rate);
if (!(seconds >= 5 && seconds <= 600) || !(callsPerSecond >= 1 && callsPerSecond <= 20)) {
  console.error('--seconds is a number from 5 to 600, --rate calls a second from 1 to 20.');
  process.exit(2);
}

const behind = await startStackBehindProxy({ report: console.log, maxEnvironments: callsPerSecond * 3 });
console.log(`${callsPerSecond} calls a second; DynamoDB hangs for ${seconds} s …`);
const report = await hangTable(behind, { hangMs: seconds * 1_000, callsPerSecond, aroundMs: AROUND_MS });
await behind.stop();

const { calls, requests, normalAfterMs, before, after } = report;
const all = [...before, ...calls, ...after];
const right = calls.filter(({ status, retryAfter }) => status === 503 && retryAfter !== undefined);
const slowestMs = Math.max(...calls.map(({ tookMs }) => tookMs));
const requestsPerCall = requests / calls.length;
const checks: readonly (readonly [string, boolean])[] = [
  [`${all.length} calls, all answered`, all.every(({ status }) => status !== undefined)],
  [`before the outage ${countOf(before, 200)} of ${before.length} accepted`, isWell(before)],
  [`in the outage ${right.length} of ${calls.length} by 503 with Retry-After`, right.length === calls.length],
  [`the slowest in ${slowestMs} ms (≤ ${ANSWERED_WITHIN_MS})`, slowestMs <= ANSWERED_WITHIN_MS],
  [
    `${requests} requests sent to DynamoDB, ${requestsPerCall.toFixed(3)} a call (≤ ${MOST_REQUESTS_PER_CALL})`,
    requestsPerCall <= MOST_REQUESTS_PER_CALL,
  ],
  [`normal again after ${normalAfterMs} ms (≤ ${NORMAL_AFTER_MS})`, normalAfterMs <= NORMAL_AFTER_MS],
];
for (const [text, isMet] of checks) console.log(`${isMet ? '✓' : '✗'} ${text}`);
const isPassed = checks.every(([, isMet]) => isMet);
console.log(isPassed ? 'PASS' : 'FAIL');
recordEvidence({
  command: 'test:outage',
  size: `DynamoDB hung for ${seconds} s, ${callsPerSecond} calls a second`,
  isPassed,
  counts: figuresOf(report),
  on: ['DynamoDB Local', 'the local stack'],
});
process.exit(isPassed ? 0 : 1);

function figuresOf({ calls, requests, normalAfterMs }: HungTableReport): Record<string, number | string> {
  return {
    'calls in the outage': calls.length,
    'answered by 503 with Retry-After': right.length,
    'slowest (ms)': slowestMs,
    'requests to DynamoDB': requests,
    'normal again after (ms)': normalAfterMs,
  };
}

function countOf(some: readonly AnsweredCall[], status: number): number {
  return some.filter((call) => call.status === status).length;
}

function isWell(some: readonly AnsweredCall[]): boolean {
  return some.length > 0 && countOf(some, 200) === some.length;
}
