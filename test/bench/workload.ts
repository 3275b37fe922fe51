import { setTimeout as sleep } from 'node:timers/promises';
import pLimit from 'p-limit';
import { seededRandom } from '../support/faulty-client.ts';
import { type BenchEnvironment, zipf } from './cached-service.ts';

export interface Workload {
  /** For the progress on a terminal. */
  readonly name: string;
  readonly calls: number;
  readonly users: number;
  /** 0 … 1; the others are consumes. */
  readonly checkShare: number;
  readonly seed: number;
}

/** Milliseconds of the answered calls. */
export interface CallTimes {
  readonly checkMs: number[];
  readonly consumeMs: number[];
}

/** Calls to several environments in turn, with fixed concurrency: each answer triggers the next call. */
export async function steadyCalls(
  environments: readonly BenchEnvironment[],
  atOnce: number,
  workload: Workload,
): Promise<CallTimes> {
  const [next, limit] = [callsOf(workload), pLimit(atOnce)];
  const times: CallTimes = { checkMs: [], consumeMs: [] };
  let done = 0;
  const one = async (index: number): Promise<void> => {
    const environment = environments[index % environments.length];
    if (environment) await timeCall(environment, next(), times);
    done += 1;
    showProgress(workload, done);
  };
  await Promise.all(Array.from({ length: workload.calls }, (_, index) => limit(() => one(index))));
  return times;
}

/** Calls at random moments of a fixed rate, independent of earlier answers. */
export async function arrivingCalls(
  environment: BenchEnvironment,
  perSecond: number,
  workload: Workload,
): Promise<CallTimes> {
  const [next, random] = [callsOf(workload), seededRandom(workload.seed + 1)];
  const times: CallTimes = { checkMs: [], consumeMs: [] };
  const calls: Promise<void>[] = [];
  for (let sent = 1; sent <= workload.calls; sent += 1) {
    await sleep((-Math.log(1 - random()) * 1_000) / perSecond);
    calls.push(timeCall(environment, next(), times));
    showProgress(workload, sent);
  }
  await Promise.all(calls);
  return times;
}

interface BenchCall {
  readonly userId: string;
  readonly isCheck: boolean;
}

function callsOf({ users, checkShare, seed }: Workload): () => BenchCall {
  const random = seededRandom(seed);
  const rank = zipf(users, random);
  return () => ({ userId: `user-${rank()}`, isCheck: random() < checkShare });
}

async function timeCall(
  environment: BenchEnvironment,
  { userId, isCheck }: BenchCall,
  { checkMs, consumeMs }: CallTimes,
): Promise<void> {
  const startedAt = performance.now();
  const isAnswered = await (isCheck ? environment.check(userId) : environment.consume(userId));
  if (isAnswered) (isCheck ? checkMs : consumeMs).push(performance.now() - startedAt);
}

function showProgress({ name, calls }: Workload, done: number): void {
  if (!process.stderr.isTTY) return;
  if (done === calls) process.stderr.write('\r\x1b[K');
  else if (done % 50 === 0) process.stderr.write(`\r\x1b[K  ${name}: ${done} of ${calls}`);
}
