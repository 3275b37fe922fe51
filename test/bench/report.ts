/**
 * The usage report over many rollup items: peak memory of the process that compiles it, for `--items` items,
 * for twice as many of the same users (twice as many days) and for twice as many of twice as many users. The
 * sums are checked against the written items.
 *
 * Usage: npm run bench:report -- [--items 200000]
 */
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { BatchWriteCommand, DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import pLimit from 'p-limit';
import { startDynamoDBLocal } from '../../infra/local/emulators/dynamodb.ts';
import { createTable } from '../../infra/local/emulators/tables.ts';
import { ActiveShards } from '../../shared/adapters/dynamodb/active-shards.ts';
import { dayUsageKey } from '../../shared/adapters/dynamodb/keys.ts';
import { PlanStore } from '../../shared/adapters/dynamodb/plan-store.ts';
import { daySubject, topPartition, topShard } from '../../shared/adapters/dynamodb/top-partition.ts';
import { INDEX } from '../../shared/contract.ts';
import { addDays } from '../../shared/domain/date-range.ts';
import { declaredTable } from '../support/declared-table.ts';
import { RECORD_OPTION, recordEvidence } from '../support/evidence.ts';
import type { ReportCost } from './report-process.ts';

const LIMIT_MB = 256;
/** V8 delays garbage collection while there is room; these flags force it as in a function of 256 MB. */
const HEAP = ['--max-semi-space-size=8', '--max-old-space-size=128'];
/**
 * Glibc keeps each thread's freed memory apart, more the longer a process runs: with one arena the peak is
 * the memory held.
 */
const ARENAS = '1';
/** How far a peak may differ for twice as many items. */
const TOLERANCE = 0.1;
/**
 * One peak depends more on V8's collection than on the report: the median of these runs is compared, the
 * highest is limited.
 */
const RUNS = 7;
const LAST_DAY = '2026-11-22';
/** A report of 30 days reads these and the 30 before; a user is active on every third day. */
const DAYS = 60;
const ITEMS_PER_USER = DAYS / 3;
const FEATURES = ['aiRequest', 'storage', 'upload'];
const PLANS = ['free', 'pro', 'enterprise'];
const AT_ONCE = 8;
const BATCH_SIZE = 25;

const { values } = parseArgs({ options: { items: { type: 'string', default: '200000' }, ...RECORD_OPTION } });
const items = Number(values.items);
if (!Number.isInteger(items) || items < ITEMS_PER_USER) {
  console.error(`--items is a whole number, at least ${ITEMS_PER_USER}.`);
  process.exit(2);
}

const emulator = await startDynamoDBLocal({ report: console.log });
const client = new DynamoDBClient({
  endpoint: emulator.endpoint,
  region: 'eu-central-1',
  credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
});
const documents = DynamoDBDocumentClient.from(client);
try {
  process.exitCode = (await run()) ? 0 : 1;
} finally {
  client.destroy();
  await emulator.stop();
}

async function run(): Promise<boolean> {
  const users = Math.floor(items / ITEMS_PER_USER);
  const empty = await createBenchTable();
  const table = await createBenchTable();
  const baseline = await compile(empty, 30);
  print('nothing', 0, baseline);

  const once = await seed(table, { first: 0, users, days: DAYS });
  // Only the longer report reads the days before.
  const older = await seed(table, { first: 0, users, days: DAYS, daysAgo: DAYS });
  const single = await compile(table, 30);
  print(`${users} users, 30 days`, once.items, single);
  const longer = await compile(table, 60);
  print(`${users} users, 60 days`, once.items + older.items, longer);
  const more = await seed(table, { first: users, users, days: DAYS });
  const wider = await compile(table, 30);
  print(`${2 * users} users, 30 days`, once.items + more.items, wider);

  const isRight =
    single.used === once.used &&
    longer.used === once.used + older.used &&
    wider.used === once.used + more.used;
  const isSmall = [single, longer, wider].every(({ highestMb }) => highestMb <= LIMIT_MB);
  const growth = [longer, wider].map(({ peakMb }) => peakMb / single.peakMb - 1);
  const isFlat = growth.every((share) => Math.abs(share) <= TOLERANCE);
  const growths = growth.map((share) => `${(share * 100).toFixed(1)} %`).join(' and ');
  console.log(
    `${isRight && isSmall && isFlat ? 'PASS' : 'FAIL'}: sums ${isRight ? 'are' : 'are not'} those written; ` +
      `peak at most ${LIMIT_MB} MB ${isSmall ? 'holds' : 'is passed'}; ${growths} for twice as many (±10 % asked for)`,
  );
  const isPassed = isRight && isSmall && isFlat;
  recordEvidence({
    command: 'bench:report',
    size: `${items.toLocaleString('en')} days of users, and twice as many`,
    isPassed,
    counts: {
      'sums that differ from the written ones': isRight ? 0 : 1,
      runs: RUNS,
      'highest peak MB': Math.round(Math.max(single.highestMb, longer.highestMb, wider.highestMb)),
      'median peak MB': Math.round(single.peakMb),
      'peak MB of twice the days': Math.round(longer.peakMb),
      'peak MB of twice the users': Math.round(wider.peakMb),
    },
    on: ['DynamoDB Local'],
  });
  return isPassed;
}

function print(
  label: string,
  count: number,
  { queries, readUnits, peakMb, highestMb, seconds }: MedianCost,
): void {
  const peaks = `peak ${peakMb.toFixed(0)} MB, at most ${highestMb.toFixed(0)}`;
  const figures = `${queries} queries, ${readUnits.toFixed(0)} read units, ${peaks}, ${seconds.toFixed(1)} s`;
  console.log(`${label.padEnd(24)} ${String(count).padStart(8)} items: ${figures}`);
}

async function createBenchTable(): Promise<string> {
  const tableName = `bench-${randomUUID()}`;
  const declared = declaredTable();
  const { StreamSpecification: _, ...streamless } = declared.create;
  await createTable(client, { ...declared, create: { ...streamless, TableName: tableName } });
  const allowances = FEATURES.map((feature) => ({
    feature,
    limit: 1_000_000,
    interval: 'month' as const,
    enforced: true,
  }));
  const plans = new PlanStore({ client: documents, name: tableName }, Date.now);
  await plans.saveVersion({ id: 'free', name: 'Free', version: 1, createdAt: Date.now(), allowances });
  return tableName;
}

interface MedianCost extends ReportCost {
  readonly highestMb: number;
}

interface Seed {
  readonly first: number;
  readonly users: number;
  readonly days: number;
  /** Distance of the last seeded day from the last day. @default 0 */
  readonly daysAgo?: number;
}

/** Writes the days of some users as the projector would, and returns their sums. */
async function seed(tableName: string, { first, users, days, daysAgo = 0 }: Seed) {
  const atOnce = pLimit(AT_ONCE);
  const marks = new ActiveShards({ client: documents, name: tableName });
  const [count, written] = [users * ITEMS_PER_USER, { items: 0, used: 0 }];
  const writes: Promise<unknown>[] = [];
  for (let from = 0; from < count; from += BATCH_SIZE) {
    const batch = Array.from({ length: Math.min(BATCH_SIZE, count - from) }, (_, index) => {
      const [user, nth] = [Math.floor((from + index) / ITEMS_PER_USER), (from + index) % ITEMS_PER_USER];
      const day = ((user + nth * 3) % days) + daysAgo;
      const feature = FEATURES[(user + nth) % FEATURES.length] ?? '';
      return { user: first + user, feature, date: addDays(LAST_DAY, -day) };
    });
    written.items += batch.length;
    written.used += batch.reduce((sum, { user }) => sum + usedBy(user), 0);
    writes.push(atOnce(() => write(tableName, batch, marks)));
    // No more waiting than needed: a list of all batches would be large.
    if (writes.length >= 400) await Promise.all(writes.splice(0));
    if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K  writing: ${written.items} of ${count}`);
  }
  await Promise.all(writes);
  if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
  return written;
}

interface Day {
  readonly user: number;
  readonly feature: string;
  readonly date: string;
}

function idOf(user: number): string {
  return `user-${String(user).padStart(8, '0')}`;
}

function usedBy(user: number): number {
  return 1 + ((user * 7) % 100);
}

function dayItem({ user, feature, date }: Day) {
  const userId = idOf(user);
  return {
    ...dayUsageKey(userId, feature, date),
    [INDEX.top.partitionKey]: topPartition(daySubject(feature, date), topShard(userId)),
    used: usedBy(user),
    planId: PLANS[user % PLANS.length],
    version: 1,
    start: 0,
    first: 1,
    lifetime: 1,
  };
}

async function write(tableName: string, batch: readonly Day[], marks: ActiveShards): Promise<void> {
  await Promise.all(batch.map(({ user, feature, date }) => marks.set(feature, date, topShard(idOf(user)))));
  const requests = batch.map((day) => ({ PutRequest: { Item: dayItem(day) } }));
  const { UnprocessedItems = {} } = await documents.send(
    new BatchWriteCommand({ RequestItems: { [tableName]: requests } }),
  );
  if (Object.keys(UnprocessedItems).length > 0) throw new Error('the emulator rejected a batch');
}

/** Of several runs, that of the median peak. */
async function compile(tableName: string, days: number): Promise<MedianCost> {
  const costs: ReportCost[] = [];
  for (let run = 0; run < RUNS; run += 1) costs.push(await compileOnce(tableName, days));
  costs.sort((a, b) => a.peakMb - b.peakMb);
  const [median, highest] = [costs[(RUNS - 1) / 2], costs.at(-1)];
  if (!median || !highest) throw new Error('nothing was run');
  return { ...median, highestMb: highest.peakMb };
}

async function compileOnce(tableName: string, days: number): Promise<ReportCost> {
  const script = join(import.meta.dirname, 'report-process.ts');
  const range = [addDays(LAST_DAY, 1 - days), LAST_DAY];
  const { stdout } = await promisify(execFile)(process.execPath, [...HEAP, script, tableName, ...range], {
    env: {
      AWS_ENDPOINT_URL_DYNAMODB: emulator.endpoint,
      AWS_REGION: 'eu-central-1',
      MALLOC_ARENA_MAX: ARENAS,
      AWS_ACCESS_KEY_ID: 'local',
      AWS_SECRET_ACCESS_KEY: 'local',
    },
  });
  return JSON.parse(stdout);
}
