/**
 * The savings of the caches: 95 % checks and 5 % consumes of Zipf-distributed users, from several
 * environments, with the projector running, on DynamoDB Local and Redis. Then the same consumes beside a hung
 * Redis.
 *
 * Usage: npm run bench:cache -- [--calls 20000] [--users 1000] [--environments 4] [--record]
 */
import { randomUUID } from 'node:crypto';
import { parseArgs } from 'node:util';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { startDynamoDBLocal } from '../../infra/local/emulators/dynamodb.ts';
import { startRedis } from '../../infra/local/emulators/redis.ts';
import { createTable } from '../../infra/local/emulators/tables.ts';
import { startUpstashServer } from '../../infra/local/upstash/upstash-server.ts';
import { PlanStore } from '../../shared/adapters/dynamodb/plan-store.ts';
import type { RedisOptions } from '../../shared/adapters/redis/redis-client.ts';
import { declaredTable } from '../support/declared-table.ts';
import { RECORD_OPTION, recordEvidence } from '../support/evidence.ts';
import { StreamTail } from '../support/stream.ts';
import { BenchEnvironment, quantile } from './cached-service.ts';
import { PRICES } from './cost/prices.ts';
import { measureHungRedis } from './hung-redis.ts';
import { steadyCalls } from './workload.ts';

/** US dollars. Upstash "Pricing", Redis, seen 2026-11. */
const PRICE = {
  /** An eventually consistent read of up to 4 KB is half a unit. */
  readUnitsPerCheck: 0.5,
  /**
   * Pay as you go: $0.2 per 100,000 commands; a script counts as one. A fixed plan costs nothing per command.
   */
  perMillionRedisCommands: 2,
} as const;
const CHECK_SHARE = 0.95;
const AT_ONCE = 16;
const TARGET_HIT_RATE = 0.85;
const TARGET_HUNG_RATIO = 1.2;

const { values } = parseArgs({
  options: {
    calls: { type: 'string', default: '20000' },
    users: { type: 'string', default: '1000' },
    environments: { type: 'string', default: '4' },
    ...RECORD_OPTION,
  },
});
const [calls, users, environmentCount] = [values.calls, values.users, values.environments].map(Number);
if (![calls, users, environmentCount].every((count) => Number.isInteger(count) && Number(count) > 0)) {
  console.error('--calls, --users and --environments are whole numbers.');
  process.exit(2);
}

const emulator = await startDynamoDBLocal({ report: console.log });
const redis = await startRedis({ report: console.log });
const token = 'bench';
const server = await startUpstashServer({ redisPort: redis.port, token });
const realAddress = { url: server.url, token };
const client = new DynamoDBClient({
  endpoint: emulator.endpoint,
  region: 'eu-central-1',
  credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  maxAttempts: 1,
});
const documents = DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } });
try {
  process.exitCode = (await run()) ? 0 : 1;
} finally {
  client.destroy();
  await server.stop();
  await redis.stop();
  await emulator.stop();
}

async function run(): Promise<boolean> {
  const hitRate = await measureCounts();
  const { table } = await createBenchTable(false);
  const { ratio: hungRatio, checks: hungChecks } = await measureHungRedis(table, realAddress, users ?? 1);
  const isEnough = hitRate >= TARGET_HIT_RATE;
  const isUnharmed = hungRatio <= TARGET_HUNG_RATIO;
  console.log(
    `${isEnough ? 'PASS' : 'FAIL'}: ${percent(hitRate)} hits, ${percent(TARGET_HIT_RATE)} asked for`,
  );
  console.log(
    `${isUnharmed ? 'PASS' : 'FAIL'}: a consume's p99 beside a hung Redis is ${hungRatio.toFixed(2)} times that beside a healthy one, ${TARGET_HUNG_RATIO} at most`,
  );
  recordEvidence({
    command: 'bench:cache',
    size: `${calls?.toLocaleString('en')} calls, ${users?.toLocaleString('en')} users, ${environmentCount} environments`,
    isPassed: isEnough && isUnharmed,
    counts: {
      'hit rate': percent(hitRate),
      'consume p99 beside a hung Redis / a healthy one': hungRatio.toFixed(2),
      'ms a hung Redis adds to a check at first, p50': quantile(hungChecks.firstMs, 0.5).toFixed(1),
      'ms later, p50': quantile(hungChecks.laterMs, 0.5).toFixed(1),
    },
    on: ['DynamoDB Local', 'Redis'],
  });
  return isEnough && isUnharmed;
}

async function createBenchTable(stream: boolean) {
  const tableName = `bench-${randomUUID()}`;
  const declared = declaredTable();
  const { StreamSpecification, ...streamless } = declared.create;
  const create = {
    ...streamless,
    TableName: tableName,
    ...(stream && StreamSpecification && { StreamSpecification }),
  };
  await createTable(client, { ...declared, create });
  const table = { client: documents, name: tableName };
  const allowance = { feature: 'aiRequest', limit: 1_000_000, interval: 'month', enforced: true } as const;
  await new PlanStore(table, Date.now).saveVersion({
    id: 'free',
    name: 'Free',
    version: 1,
    createdAt: Date.now(),
    allowances: [allowance],
  });
  return { table, tableName };
}

/** The mixed workload with caches, and without. Returns the share of checks without a read of the table. */
async function measureCounts(): Promise<number> {
  const { cached, projector, ...withCache } = await measureArm('with caches', {
    ...realAddress,
    budgetMs: 2_000,
  });
  const without = await measureArm('without');

  const sum = (figure: (environment: BenchEnvironment) => number) =>
    cached.reduce((total, environment) => total + figure(environment), 0);
  const [l1, l2, misses] = [
    sum(({ counts }) => counts.l1Hits),
    sum(({ counts }) => counts.l2Hits),
    sum(({ counts }) => counts.misses),
  ];
  const checks = withCache.checkMs.length;
  const reads = sum((environment) => environment.accountReads);
  const redisCalls = sum((environment) => environment.redis?.counters.calls ?? 0);
  const hitRate = 1 - reads / checks;
  console.log(
    `\n${users} users, ${environmentCount} environments, ${checks} checks, ${withCache.consumeMs.length} consumes`,
  );
  console.log(`  answered from L1 ${l1}, from L2 ${l2}, from the table ${misses}`);
  console.log(`  account reads ${reads} (${(reads / checks).toFixed(3)} per check)`);
  console.log(
    `  Redis calls ${redisCalls} (${(redisCalls / checks).toFixed(3)} per check), the projector's ${projector.redis?.counters.calls}`,
  );
  console.log(`  hit rate ${percent(hitRate)}, cold start included`);
  console.log(
    `  not answered in time: ${sum(({ unanswered }) => unanswered)} calls, the projector ${projector.unanswered} times`,
  );
  printCosts(hitRate, l1 / Math.max(1, l1 + l2));
  console.log('\nTime (this machine, the emulator): with caches as a share of without');
  for (const share of [0.5, 0.99]) {
    const [a, b] = [quantile(withCache.checkMs, share), quantile(without.checkMs, share)];
    console.log(`  check p${share * 100}: ${(a / b).toFixed(2)} (${a.toFixed(2)} ms, ${b.toFixed(2)} ms)`);
  }
  return hitRate;
}

/** Environments with or without Redis under the mixed workload, with their projector. */
async function measureArm(name: string, redisOptions?: RedisOptions) {
  const { table, tableName } = await createBenchTable(true);
  const cached = Array.from(
    { length: environmentCount ?? 1 },
    () => new BenchEnvironment(table, redisOptions),
  );
  const projector = new BenchEnvironment(table, redisOptions);
  let isOver = false;
  const stream = new StreamTail({ tableName, endpoint: emulator.endpoint });
  const projecting = projector.projectUntil(stream, () => isOver);
  const times = await steadyCalls(cached, AT_ONCE, {
    name,
    calls: calls ?? 1,
    users: users ?? 1,
    checkShare: CHECK_SHARE,
    seed: 11,
  });
  isOver = true;
  await projecting;
  return { cached, projector, ...times };
}

/** Per million checks: the cost of table reads and Redis commands. All other costs are equal. */
function printCosts(measured: number, l1Share: number): void {
  console.log('\nUS dollars per million checks        table    Redis, pay as you go    Redis, fixed plan');
  for (const hits of [0, 0.5, TARGET_HIT_RATE, measured]) {
    const table = (1 - hits) * PRICE.readUnitsPerCheck * PRICES.dynamoDb.perMillionReadUnits;
    // A hit in L2 is one command, a miss a lookup and a fill. Without a cache there is neither.
    const commands = hits === 0 ? 0 : hits * (1 - l1Share) + (1 - hits) * 2;
    const payg = commands * PRICE.perMillionRedisCommands;
    console.log(
      `  ${percent(hits).padStart(6)} hits${' '.repeat(23)}${table.toFixed(4)}    ${payg.toFixed(4).padEnd(24)}0`,
    );
  }
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
