/**
 * The concurrency report: calls the service over HTTP and compares its answers with the stored data.
 *
 * npm run test:quota-concurrency -- [--users 3] [--concurrency 50] [--type aiRequest] [--amount 1] [--naive]
 * [--record]
 *
 * Uses the running stack of `npm start`, or starts one. Exits with 0 when everything is consistent, otherwise
 * with 1.
 */
import { parseArgs } from 'node:util';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { startLocalStack } from '../../../infra/local/local-stack.ts';
import { findRunningStack, type RunningStack } from '../../../infra/local/running-stack.ts';
import { AccountStore } from '../../../shared/adapters/dynamodb/account-store.ts';
import { LedgerStore } from '../../../shared/adapters/dynamodb/ledger-store.ts';
import { FEATURE_PATTERN } from '../../../shared/domain/account.ts';
import { RECORD_OPTION, recordEvidence } from '../../support/evidence.ts';
import { HttpTarget } from './http-target.ts';
import { NaiveTarget } from './naive-target.ts';
import { printScenario, printVerdict } from './print-report.ts';
import { runScenario, type Scenario, type ScenarioResult, type UserResult } from './scenario.ts';
import type { Target } from './target.ts';

interface Options {
  readonly users: number;
  readonly concurrency: number;
  readonly type: string;
  readonly amount: number;
  readonly naive: boolean;
}

const options = readOptions();
const { stack, stop } = await findOrStart();
const client = new DynamoDBClient({
  endpoint: stack.dynamodbEndpoint,
  region: 'eu-central-1',
  credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
});
const isConsistent = await report(makeTarget(), options);
client.destroy();
await stop();
process.exit(isConsistent ? 0 : 1);

async function report(target: Target, { users, concurrency, amount }: Options): Promise<boolean> {
  const limit = 2 * concurrency * amount;
  const half = concurrency * amount;
  const crowd = Math.ceil(concurrency * 1.4);
  const scenarios: Scenario[] = [
    {
      title: `${concurrency} concurrent consumes within the limit of ${limit}`,
      users: 1,
      callsPerUser: concurrency,
      amount,
      limit,
      usedBefore: 0,
    },
    {
      title: `${crowd} concurrent consumes with ${half} left of ${limit}`,
      users: 1,
      callsPerUser: crowd,
      amount,
      limit,
      usedBefore: half,
    },
    {
      title: `${users} users × ${concurrency} concurrent consumes`,
      users,
      callsPerUser: concurrency,
      amount,
      limit,
      usedBefore: 0,
    },
  ];
  console.log(`Concurrency report: ${target.name}`);
  const runId = Date.now().toString(36);
  const results: ScenarioResult[] = [];
  for (const [index, scenario] of scenarios.entries()) {
    const result = await runScenario(target, scenario, `report-${runId}-${index + 1}`, showProgress);
    if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
    printScenario(result, index + 1);
    results.push(result);
  }
  const isPassed = printVerdict(results, target.name);
  const all = results.flatMap((result) => result.users);
  const sum = (figure: (user: UserResult) => number) => all.reduce((total, user) => total + figure(user), 0);
  recordEvidence({
    command: options.naive ? 'test:quota-concurrency -- --naive' : 'test:quota-concurrency',
    size: `${concurrency} at once, ${users} users`,
    isPassed,
    counts: {
      accepted: sum((user) => user.accepted),
      denied: sum((user) => user.denied),
      failed: sum((user) => user.failed),
      inconsistencies: sum((user) => user.faults.length),
    },
    on: ['the local stack'],
  });
  return isPassed;
}

function makeTarget(): Target {
  const documents = DynamoDBDocumentClient.from(client);
  if (options.naive) return new NaiveTarget(documents, stack.tableName);
  const table = { client: documents, name: stack.tableName };
  const { url, serviceKey, adminKey } = stack;
  return new HttpTarget({
    url,
    serviceKey,
    adminKey,
    feature: options.type,
    accounts: new AccountStore(table),
    ledger: new LedgerStore(table),
  });
}

async function findOrStart(): Promise<{ stack: RunningStack; stop: () => Promise<void> }> {
  const running = await findRunningStack();
  if (running) return { stack: running, stop: async () => {} };
  console.log('No local stack is running: starting one …');
  const started = await startLocalStack({ report: console.log });
  return { stack: started, stop: () => started.stop() };
}

function showProgress(done: number, total: number): void {
  if (process.stderr.isTTY) process.stderr.write(`\r  ${done} of ${total} calls answered`);
}

function readOptions(): Options {
  const { values } = parseArgs({
    options: {
      users: { type: 'string', default: '3' },
      concurrency: { type: 'string', default: '50' },
      type: { type: 'string', default: 'aiRequest' },
      amount: { type: 'string', default: '1' },
      naive: { type: 'boolean', default: false },
      ...RECORD_OPTION,
    },
  });
  if (!FEATURE_PATTERN.test(values.type)) fail(`--type: "${values.type}" is no feature name, e.g. aiRequest`);
  return {
    users: positiveInteger('users', values.users, 100),
    concurrency: positiveInteger('concurrency', values.concurrency, 1_000),
    type: values.type,
    amount: positiveInteger('amount', values.amount, 1_000_000_000),
    naive: values.naive,
  };
}

function positiveInteger(name: string, text: string, max: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= max) return value;
  return fail(`--${name}: "${text}" is not a whole number from 1 to ${max}`);
}

function fail(message: string): never {
  console.error(message);
  process.exit(2);
}
