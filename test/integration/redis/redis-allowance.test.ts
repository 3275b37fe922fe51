import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { RedisClient } from '../../../shared/adapters/redis/redis.ts';
import { RedisTimeBudget } from '../../../shared/adapters/redis/redis-time-budget.ts';
import { serveLocally } from '../../support/local-server.ts';
import { createTestRedis, uniqueName } from '../../support/redis.ts';

/** What speaks Upstash's protocol and takes its time; `undefined`: for ever. */
async function answeringAfter(ms: number | undefined) {
  const server = await serveLocally(async (request, response) => {
    const commands: unknown[] = JSON.parse(Buffer.concat(await request.toArray()).toString());
    if (ms === undefined) return;
    await sleep(ms);
    response.end(JSON.stringify(commands.map(() => ({ result: 'PONG' }))));
  });
  onTestFinished(server.stop);
  return new RedisClient({ url: server.url, token: 'token', budgetMs: 5_000 });
}

/** Someone who asks `redis` with an allowance, and how often it was sent something. */
function asking(redis: RedisClient, allowanceMs: number) {
  const allowance = new RedisTimeBudget(allowanceMs);
  const limited = allowance.over(redis);
  const ask = async () => {
    const answer = await limited.ask((commands) => commands.ping());
    return answer.code === 'answered' ? answer.code : answer.reason;
  };
  return { allowance, limited, ask, sent: () => redis.counters.calls };
}

test('after an answer that did not come, a question asks no more; the next one does', async () => {
  const { allowance, ask, sent } = asking(createTestRedis({ url: 'http://127.0.0.1:1' }), 5_000);
  const question = () => allowance.spend(async () => [await ask(), await ask(), await ask()]);
  for (const times of [1, 2]) {
    const [first, ...others] = await question();
    expect(first).toBe('unreachable');
    expect(others).toEqual(['allowance_spent', 'allowance_spent']);
    expect(sent()).toBe(times);
  }
});

test('a hung Redis is waited for as long as the allowance lasts, whatever a call may take', async () => {
  const { allowance, ask } = asking(await answeringAfter(undefined), 100);
  const startedAt = performance.now();
  expect(await allowance.spend(async () => [await ask(), await ask()])).toEqual([
    'timeout',
    'allowance_spent',
  ]);
  // A call of its own would have had 5 s.
  expect(performance.now() - startedAt).toBeLessThan(4_000);
});

test('slow answers use it up together', async () => {
  const { allowance, ask } = asking(await answeringAfter(600), 1_000);
  expect(await allowance.spend(async () => [await ask(), await ask(), await ask()])).toEqual([
    'answered',
    'timeout',
    'allowance_spent',
  ]);
});

test('calls at once do not add up', async () => {
  const { allowance, ask } = asking(await answeringAfter(400), 1_500);
  const several = async () => {
    const atOnce = [];
    for (let count = 0; count < 6; count += 1) {
      atOnce.push(ask());
      await sleep(1); // a request of its own for each
    }
    return [...(await Promise.all(atOnce)), await ask()];
  };
  expect(new Set(await allowance.spend(several))).toEqual(new Set(['answered']));
});

test('a refusal is an answer', async () => {
  const { allowance, limited, ask } = asking(createTestRedis(), 5_000);
  const key = uniqueName();
  await allowance.spend(async () => {
    await limited.ask((commands) => commands.set(key, 'text'));
    expect(await limited.ask((commands) => commands.hset(key, { a: 'b' }))).toMatchObject({
      reason: 'refused',
    });
    expect(await ask()).toBe('answered');
  });
});

test('without one, every call has its own budget', async () => {
  const { ask, sent } = asking(createTestRedis({ url: 'http://127.0.0.1:1' }), 5_000);
  expect([await ask(), await ask()]).toEqual(['unreachable', 'unreachable']);
  expect(sent()).toBe(2);
});
