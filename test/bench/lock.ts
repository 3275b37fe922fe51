/**
 * Workers in several threads compete for one lock; some crash, some overrun, some answers are lost.
 *
 *     npm run bench:lock [seconds, default 60] [--record]
 */
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { startRedis } from '../../infra/local/emulators/redis.ts';
import { startUpstashServer } from '../../infra/local/upstash/upstash-server.ts';
import { RedisClient } from '../../shared/adapters/redis/redis-client.ts';
import { recordEvidence } from '../support/evidence.ts';
import { FencedRegister } from '../support/fenced-register.ts';
import {
  checkHoldings,
  type LockRace,
  type RaceCounts,
  type RaceResult,
  runLockRace,
} from '../support/lock-race.ts';

const THREADS = 4;
const WORKERS = 200;
const DEFAULT_SECONDS = 60;

type ThreadData = Omit<LockRace, 'redis' | 'register'> & {
  readonly url: string;
  readonly token: string;
  readonly memory: SharedArrayBuffer;
};

interface ThreadCounts extends RaceCounts {
  redisCalls: number;
  redisSilent: number;
  /** Skipped: the circuit was open. */
  redisCircuitOpen: number;
}

interface ThreadResult extends RaceResult {
  readonly counts: ThreadCounts;
}

if (isMainThread) await main();
else parentPort?.postMessage(await fight(workerData));

async function fight({ url, token, memory, ...race }: ThreadData): Promise<ThreadResult> {
  const redis = new RedisClient({ url, token, budgetMs: 2_000 });
  const result = await runLockRace({ ...race, redis, register: new FencedRegister(memory) });
  const { calls, failures, shortCircuited } = redis.counters;
  const calling = { redisCalls: calls, redisSilent: failures, redisCircuitOpen: shortCircuited };
  return { ...result, counts: { ...result.counts, ...calling } };
}

async function main(): Promise<void> {
  const [argument] = process.argv.slice(2).filter((one) => one !== '--record');
  const seconds = Number(argument ?? DEFAULT_SECONDS);
  const redis = await startRedis({ report: console.log });
  const token = 'bench';
  const server = await startUpstashServer({ redisPort: redis.port, token });
  const data: ThreadData = {
    url: server.url,
    token,
    memory: new FencedRegister().memory,
    resource: 'bench',
    workers: WORKERS / THREADS,
    durationMs: seconds * 1_000,
    ttlMs: 300,
    chance: { crash: 0.1, overrun: 0.05, lostAnswer: 0.02 },
  };
  const results = await Promise.all(Array.from({ length: THREADS }, () => inThread(data)));
  await server.stop();
  await redis.stop();
  const { twoHolders, fencesOutOfOrder } = checkHoldings(results.flatMap(({ holdings }) => holdings));
  const counts = sum(results.map((result) => result.counts));
  console.log({ seconds, workers: WORKERS, threads: THREADS, ttlMs: data.ttlMs, ...counts });
  const notFenced = counts.writesTooLate - counts.writesTooLateRefused;
  console.log(`two holders inside the TTL: ${twoHolders}`);
  console.log(`fencing numbers out of order: ${fencesOutOfOrder}`);
  console.log(`late writes that were accepted: ${notFenced} of ${counts.writesTooLate}`);
  console.log(`writes in time that were refused: ${counts.writesInTimeRefused} of ${counts.writesInTime}`);
  const isTested = counts.writesInTime > 0 && counts.writesTooLate > 0;
  if (!isTested) console.log('nothing was tested: too few writes, in time or late; is the machine busy?');
  const isPassed = isTested && twoHolders + fencesOutOfOrder + notFenced + counts.writesInTimeRefused === 0;
  if (!isPassed) process.exitCode = 1;
  recordEvidence({
    command: 'bench:lock',
    size: `${seconds} s, ${WORKERS} workers in ${THREADS} threads`,
    isPassed,
    counts: {
      holdings: counts.holdings,
      crashes: counts.crashes,
      overruns: counts.overruns,
      'calls without an answer': counts.redisSilent,
      'calls skipped, circuit open': counts.redisCircuitOpen,
      'two holders at once': twoHolders,
      'fencing numbers out of order': fencesOutOfOrder,
      'late writes': counts.writesTooLate,
      'of these accepted': notFenced,
    },
    on: ['Redis'],
  });
}

function inThread(data: ThreadData): Promise<ThreadResult> {
  return new Promise((resolve, reject) => {
    const thread = new Worker(new URL(import.meta.url), { workerData: data });
    thread.once('message', resolve);
    thread.once('error', reject);
  });
}

function sum(counts: readonly ThreadCounts[]): ThreadCounts {
  const [first, ...others] = counts;
  if (!first) throw new Error('no counts');
  const total = { ...first };
  for (const other of others) {
    for (const [name, count] of Object.entries(other)) total[name as keyof ThreadCounts] += count; // its own keys
  }
  return total;
}
