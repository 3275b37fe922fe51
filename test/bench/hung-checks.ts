import type { Table } from '../../shared/adapters/dynamodb/dynamodb.ts';
import type { RedisOptions } from '../../shared/adapters/redis/redis-client.ts';
import { BenchEnvironment, quantile } from './cached-service.ts';

const ROUNDS = 10;
/** The breaker opens after these. */
const FIRST_CALLS = 3;
/** Few enough to end before it lets a probe through. */
const LATER_CALLS = 50;

export interface HungChecks {
  /**
   * Milliseconds that a check took beyond the median without Redis: until the breaker opens, and afterwards.
   */
  readonly firstMs: readonly number[];
  readonly laterMs: readonly number[];
  /** Calls that were sent to the hung Redis in each round. */
  readonly callsSent: readonly number[];
}

/**
 * Sequential checks in new environments beside a Redis that accepts every call and answers none. Each is of
 * another existing user, so that none is answered from memory and each calls Redis once.
 */
export async function measureHungChecks(table: Table, hung: RedisOptions): Promise<HungChecks> {
  const without = new BenchEnvironment(table);
  const users = Array.from({ length: FIRST_CALLS + LATER_CALLS }, (_, index) => `known-${index}`);
  for (const userId of users) await without.consume(userId);
  const [firstMs, laterMs, callsSent] = [[] as number[], [] as number[], [] as number[]];
  for (let round = 0; round < ROUNDS; round += 1) {
    const plain = quantile(await checkTimes(without, users), 0.5);
    const hungEnvironment = new BenchEnvironment(table, hung);
    const addedMs = (await checkTimes(hungEnvironment, users)).map((ms) => ms - plain);
    firstMs.push(...addedMs.slice(0, FIRST_CALLS));
    laterMs.push(...addedMs.slice(FIRST_CALLS));
    callsSent.push(hungEnvironment.redis?.counters.calls ?? 0);
  }
  return { firstMs, laterMs, callsSent };
}

async function checkTimes(environment: BenchEnvironment, users: readonly string[]): Promise<number[]> {
  const times: number[] = [];
  for (const userId of users) {
    const startedAt = performance.now();
    await environment.check(userId);
    times.push(performance.now() - startedAt);
  }
  return times;
}

export function printHungChecks({ firstMs, laterMs, callsSent }: HungChecks): void {
  const line = (name: string, ms: readonly number[]) =>
    console.log(
      `  ${name}: p50 ${quantile(ms, 0.5).toFixed(1)} ms, max ${Math.max(...ms).toFixed(1)} ms (${ms.length} checks)`,
    );
  console.log(
    `\nDelay of a check by a hung Redis, ${ROUNDS} new environments, at most ${Math.max(...callsSent)} calls sent in each`,
  );
  line(`the first ${FIRST_CALLS}, until the breaker opens`, firstMs);
  line('later ones', laterMs);
}
