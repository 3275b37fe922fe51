import type { Table } from '../../shared/adapters/dynamodb/dynamodb.ts';
import type { RedisOptions } from '../../shared/adapters/redis/redis.ts';
import { serveLocally } from '../support/local-server.ts';
import { BenchEnvironment, quantile } from './cached-service.ts';
import { type HungChecks, measureHungChecks, printHungChecks } from './hung-checks.ts';
import { arrivingCalls, type CallTimes } from './workload.ts';

/** Enough that forty consumes of each arm are beyond its p99. */
const ROUNDS = 20;
const CALLS = 400;
/** A fraction of what the emulator answers. */
const CALLS_PER_SECOND = 200;

export interface HungRedisReport {
  /** The consumes' p99 beside a hung Redis, by the one beside a Redis that is well. */
  readonly ratio: number;
  readonly checks: HungChecks;
}

/**
 * As many consumes as checks, with a Redis that takes every call and answers none, and with one that is well, in turns. Calls
 * come when they come: were the next one sent when one is answered, the arm whose checks are answered sooner would send more
 * consumes at once, and be the slower for it.
 */
export async function measureHungRedis(
  table: Table,
  wellRedis: RedisOptions,
  users: number,
): Promise<HungRedisReport> {
  const silent = await serveLocally(() => {});
  const hungRedis = { ...wellRedis, url: silent.url };
  const [well, beside] = [new BenchEnvironment(table, wellRedis), new BenchEnvironment(table, hungRedis)];
  const arms = [armOf('well', well, users), armOf('hung', beside, users)] as const;
  for (const arm of arms) await arm.run(0);
  for (const arm of arms) arm.forget();
  for (let round = 1; round <= ROUNDS; round += 1) {
    // Who comes first alternates, so that neither has the better conditions.
    for (const arm of round % 2 === 0 ? arms : arms.toReversed()) await arm.run(round);
  }
  const checks = await measureHungChecks(table, hungRedis);
  await silent.stop();
  const [ofWell, ofHung] = [arms[0].times, arms[1].times];
  const { failures = 0, shortCircuited = 0 } = beside.redis?.counters ?? {};
  console.log(
    `\nRedis hung: ${ofHung.checkMs.length} checks, ${failures} calls waited for it, ${shortCircuited} were not made`,
  );
  const ratio = quantile(ofHung.consumeMs, 0.99) / quantile(ofWell.consumeMs, 0.99);
  console.log(
    `  consume p99 beside it / beside one that is well: ${ratio.toFixed(2)} (${ofHung.consumeMs.length} consumes each)`,
  );
  printHungChecks(checks);
  return { ratio, checks };
}

function armOf(name: string, environment: BenchEnvironment, users: number) {
  const times: CallTimes = { checkMs: [], consumeMs: [] };
  return {
    times,
    /** The same calls at the same moments in both arms. */
    run: async (round: number): Promise<void> => {
      const workload = { name: `${name}, ${round}`, calls: CALLS, users, checkShare: 0.5, seed: round };
      const { checkMs, consumeMs } = await arrivingCalls(environment, CALLS_PER_SECOND, workload);
      times.checkMs.push(...checkMs);
      times.consumeMs.push(...consumeMs);
    },
    forget: (): void => {
      times.checkMs.splice(0);
      times.consumeMs.splice(0);
    },
  };
}
