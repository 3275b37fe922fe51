import { setTimeout as sleep } from 'node:timers/promises';
import { type LocalStack, startLocalStack } from '../../infra/local/local-stack.ts';
import type { LocalStackOptions } from '../../infra/local/local-stack-options.ts';
import { type AnsweredCall, consumeOnce, startSteadyCallers } from '../proofs/outage/steady-callers.ts';
import { DYNAMODB } from './fault-proxy/dynamodb-protocol.ts';
import { NO_FAULTS } from './fault-proxy/fault.ts';
import { type FaultProxy, startFaultProxy } from './fault-proxy/fault-proxy.ts';

export interface StackBehindProxy {
  readonly stack: LocalStack;
  /** Between the functions and DynamoDB. */
  readonly proxy: FaultProxy;
  stop(): Promise<void>;
}

export async function startStackBehindProxy(options: LocalStackOptions = {}): Promise<StackBehindProxy> {
  let proxy: FaultProxy | undefined;
  const stack = await startLocalStack({
    ...options,
    async detour(service, url) {
      if (service !== 'dynamodb') return url;
      proxy = await startFaultProxy({ upstream: url, protocol: DYNAMODB, delayMs: WARM_UP_MS });
      return proxy.url;
    },
  });
  if (!proxy) throw new Error('the stack did not ask for the detour to DynamoDB');
  const started = proxy;
  const stop = async () => {
    await stack.stop();
    await started.stop();
  };
  return { stack, proxy: started, stop };
}

export interface HungTableOptions {
  readonly hangMs: number;
  readonly callsPerSecond: number;
  /** How long callers call before and after. */
  readonly aroundMs: number;
}

export interface HungTableReport {
  /** Calls that were sent while the table answered nothing. */
  readonly calls: readonly AnsweredCall[];
  /** Requests that reached the table for them meanwhile. */
  readonly requests: number;
  /** Maximum of function environments for these calls. */
  readonly environments: number;
  /** From the end of the outage until the first call after which all succeed. */
  readonly normalAfterMs: number;
  readonly before: readonly AnsweredCall[];
  readonly after: readonly AnsweredCall[];
}

/** Longer than a call takes, so that concurrent calls each need an own environment. */
const WARM_UP_MS = 800;
/**
 * The projector's first request, and during the hang its last. The stream has its own pace, independent of
 * callers.
 */
const PROJECTORS_FIRST = 'BatchWriteItem';
/** A call of the outage lasts two seconds at most. */
export const LONGEST_CALL_SECONDS = 2;

/** Callers continue while DynamoDB accepts every request and answers none, and afterwards. */
export async function hangTable(
  { stack, proxy }: Pick<StackBehindProxy, 'stack' | 'proxy'>,
  { hangMs, callsPerSecond, aroundMs }: HungTableOptions,
): Promise<HungTableReport> {
  const environments = Math.ceil(callsPerSecond * LONGEST_CALL_SECONDS) + 1;
  await warmUp(stack, proxy, environments);
  const callers = startSteadyCallers({
    url: stack.url,
    key: stack.serviceKey,
    callsPerSecond,
    userIds: Array.from({ length: 50 }, (_, index) => `steady-${index}`),
  });
  await sleep(aroundMs);
  proxy.follow(() => 'dropped');
  const from = Date.now();
  await sleep(hangMs);
  proxy.follow(NO_FAULTS);
  const to = Date.now();
  await sleep(aroundMs);
  await callers.stop();

  const sentBetween = (start: number, end: number) =>
    callers.calls.filter(({ sentAt }) => sentAt >= start && sentAt < end);
  const after = sentBetween(to, Number.POSITIVE_INFINITY);
  const lastFailure = Math.max(to, ...after.filter(({ status }) => status !== 200).map((c) => c.sentAt));
  const firstWell = Math.min(...after.filter(({ sentAt }) => sentAt >= lastFailure).map((c) => c.sentAt));
  return {
    // A call that was sent just before the end may be answered by the recovered table.
    calls: sentBetween(from, to - LONGEST_CALL_SECONDS * 1_000),
    requests: proxy.requests.filter(
      ({ at, operation }) =>
        at >= from && at < to - LONGEST_CALL_SECONDS * 1_000 && operation !== PROJECTORS_FIRST,
    ).length,
    environments,
    normalAfterMs: firstWell - to,
    before: sentBetween(0, from - LONGEST_CALL_SECONDS * 1_000),
    after,
  };
}

/** Starts as many environments as the outage will need: their start time here is not Lambda's. */
async function warmUp(
  { url, serviceKey }: LocalStack,
  proxy: FaultProxy,
  environments: number,
): Promise<void> {
  const userIds = Array.from({ length: environments }, (_, index) => `warm-${index}`);
  for (const plan of [() => 'late' as const, NO_FAULTS]) {
    proxy.follow(plan);
    await Promise.all(userIds.map((userId) => consumeOnce({ url, key: serviceKey }, userId)));
  }
}
