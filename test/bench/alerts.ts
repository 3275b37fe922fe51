/**
 * From consume to event: users cross 80 % on the local stack, at a steady pace, and each waits for its
 * messages on the bus and the topic. Prints how many arrived first, then their latency from the moment the
 * consume was sent.
 *
 * Usage: npm run bench:alerts -- [--users 200] [--per-second 5] [--record]
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { CapturedMessage } from '../../infra/local/aws/captured-messages.ts';
import { startLocalStack } from '../../infra/local/local-stack.ts';
import { RECORD_OPTION, recordEvidence } from '../support/evidence.ts';

/** The promise, at p99. */
const WITHIN_MS = 2_000;
const WARM_UPS = 30;
const PATIENCE_MS = 30_000;

const { values } = parseArgs({
  options: {
    users: { type: 'string', default: '200' },
    'per-second': { type: 'string', default: '5' },
    ...RECORD_OPTION,
  },
});
const users = Number(values.users);
const pauseMs = 1_000 / Number(values['per-second']);

const stack = await startLocalStack({ report: console.log });
const sentAt = new Map<string, number>();
let messages: readonly CapturedMessage[] = [];
try {
  for (let index = 0; index < WARM_UPS; index += 1) await cross(`warm-${index}`);
  await sleep(2_000);
  const crossings: Promise<void>[] = [];
  for (let index = 0; index < users; index += 1) {
    crossings.push(cross(`user-${index}`));
    await sleep(pauseMs);
    if (process.stdout.isTTY) process.stdout.write(`\r${index + 1} of ${users} users`);
  }
  await Promise.all(crossings);
  messages = await arrivals();
} finally {
  await stack.stop();
}

const events = delays('event');
const notices = delays('notice');
const p99 = events[Math.ceil(events.length * 0.99) - 1] ?? Number.POSITIVE_INFINITY;
const isPassed = events.length === users && notices.length === users && p99 <= WITHIN_MS;
console.log('');
console.table({ event: summary(events), notice: summary(notices) });
console.log(isPassed ? 'PASS' : `FAIL: one of each per user, events within ${WITHIN_MS} ms at p99`);
process.exitCode = isPassed ? 0 : 1;
recordEvidence({
  command: 'bench:alerts',
  size: `${users} users`,
  isPassed,
  counts: { events: events.length, notices: notices.length, 'event p99, ms': p99 },
  on: ['DynamoDB Local', 'the local stack'],
});

/** Uses 79 %, then crosses 80 %. */
async function cross(userId: string): Promise<void> {
  await consume(userId, 79);
  sentAt.set(userId, Date.now());
  await consume(userId, 1);
}

async function consume(userId: string, amount: number): Promise<void> {
  const response = await fetch(`${stack.url}/v1/quota/consume`, {
    method: 'POST',
    headers: { authorization: `Bearer ${stack.serviceKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ userId, type: 'aiRequest', amount }),
  });
  if (!response.ok) throw new Error(`consume of ${userId}: ${response.status} ${await response.text()}`);
}

/** All arrivals, once complete or timed out. */
async function arrivals(): Promise<readonly CapturedMessage[]> {
  for (const giveUpAt = Date.now() + PATIENCE_MS; ; await sleep(200)) {
    const answer = await fetch(`${stack.controlUrl}/events`);
    const { events: items } = (await answer.json()) as { events: CapturedMessage[] }; // the control address' own shape
    const own = items.filter((item) => userOf(item) !== undefined);
    if (own.length >= 2 * users || Date.now() > giveUpAt) return own;
  }
}

function userOf(item: CapturedMessage): string | undefined {
  return /user-\d+/.exec(JSON.stringify(item))?.[0];
}

/** Ms from consume to arrival, ascending. A second arrival counts, to expose duplicates. */
function delays(kind: CapturedMessage['kind']): number[] {
  return messages
    .filter((item) => item.kind === kind)
    .map((item) => Date.parse(item.at) - (sentAt.get(userOf(item) ?? '') ?? 0))
    .sort((a, b) => a - b);
}

function summary(sorted: readonly number[]) {
  const at = (share: number) => sorted[Math.ceil(sorted.length * share) - 1];
  return { users, arrived: sorted.length, 'p50 ms': at(0.5), 'p99 ms': at(0.99), 'max ms': at(1) };
}
