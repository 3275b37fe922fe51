import type { Table } from '../../shared/adapters/dynamodb/dynamodb.ts';
import type { RedisOptions } from '../../shared/adapters/redis/redis-client.ts';
import { serveLocally } from '../support/local-server.ts';
import { BenchEnvironment, quantile } from './cached-service.ts';
import { type HungChecks, measureHungChecks, printHungChecks } from './hung-checks.ts';
import { arrivingCalls, type CallTimes } from './workload.ts';

/** Enough for forty consumes of each arm beyond its p99. */
const ROUNDS = 20;
const CALLS = 400;
/** A fraction of the emulator's rate. */
const CALLS_PER_SECOND = 200;

export interface HungRedisReport {
  /** The consumes' p99 beside a hung Redis, divided by that beside a healthy one. */
  readonly ratio: number;
  readonly checks: HungChecks;
}

/**
 * Equal numbers of consumes and checks, with a Redis that accepts every call and answers none, and with a
 * healthy one, alternately. Arrival times are fixed: if each call waited for the previous one, the arm with
 * faster checks would send more consumes at once, and be slower for it.
 */
export async function measureHungRedis(
  table: Table,
  wellRedis: RedisOptions,
  users: number,
): Promise<HungRedisReport> {
  const silent = await serveLocally(() => {});
  const hungRedis = { ...wellRedis, url: silent.url };
  const [healthy, hung] = [new BenchEnvironment(table, wellRedis), new BenchEnvironment(table, hungRedis)];
  const arms = [armOf('well', healthy, users), armOf('hung', hung, users)] as const;
  for (const arm of arms) await arm.run(0);
  for (const arm of arms) arm.forget();
  for (let round = 1; round <= ROUNDS; round += 1) {
    // The first arm alternates, so that neither has the better conditions.
    for (const arm of round % 2 === 0 ? arms : arms.toReversed()) await arm.run(round);
  }
  const checks = await measureHungChecks(table, hungRedis);
  await silent.stop();
  const [ofWell, ofHung] = [arms[0].times, arms[1].times];
  const { failures = 0, shortCircuited = 0 } = hung.redis?.counters ?? {};
  console.log(
    `\nRedis hung: ${ofHung.checkMs.length} checks, ${failures} calls waited for it, ${shortCircuited} were skipped`,
  );
  const ratio = quantile(ofHung.consumeMs, 0.99) / quantile(ofWell.consumeMs, 0.99);
  console.log(
    `  consume p99 beside it / beside a healthy one: ${ratio.toFixed(2)} (${ofHung.consumeMs.length} consumes each)`,
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
