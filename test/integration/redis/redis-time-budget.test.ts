import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { RedisClient } from '../../../shared/adapters/redis/redis-client.ts';
import { RedisTimeBudget } from '../../../shared/adapters/redis/redis-time-budget.ts';
import { serveLocally } from '../../support/local-server.ts';
import { createTestRedis, uniqueName } from '../../support/redis.ts';

/** A server of Upstash's protocol that answers after `ms`; `undefined`: never. */
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

/** A caller of `redis` with an budget, and its number of requests. */
function asking(redis: RedisClient, budgetMs: number) {
  const budget = new RedisTimeBudget(budgetMs);
  const limited = budget.over(redis);
  const ask = async () => {
    const answer = await limited.ask((commands) => commands.eval('return "PONG"', [], []));
    return answer.code === 'answered' ? answer.code : answer.reason;
  };
  return { budget, limited, ask, sent: () => redis.counters.calls };
}

test('after a missing answer, a request sends no more calls; the next one does', async () => {
  const { budget, ask, sent } = asking(createTestRedis({ url: 'http://127.0.0.1:1' }), 5_000);
  const question = () => budget.spend(async () => [await ask(), await ask(), await ask()]);
  for (const times of [1, 2]) {
    const [first, ...others] = await question();
    expect(first).toBe('unreachable');
    expect(others).toEqual(['allowance_spent', 'allowance_spent']);
    expect(sent()).toBe(times);
  }
});

test('a hung Redis is waited for as long as the budget lasts, whatever a call may take', async () => {
  const { budget, ask } = asking(await answeringAfter(undefined), 100);
  const startedAt = performance.now();
  expect(await budget.spend(async () => [await ask(), await ask()])).toEqual(['timeout', 'allowance_spent']);
  // A call of its own would have had 5 s.
  expect(performance.now() - startedAt).toBeLessThan(4_000);
});

test('slow answers use it up together', async () => {
  const { budget, ask } = asking(await answeringAfter(600), 1_000);
  expect(await budget.spend(async () => [await ask(), await ask(), await ask()])).toEqual([
    'answered',
    'timeout',
    'allowance_spent',
  ]);
});

test('concurrent calls do not add up', async () => {
  const { budget, ask } = asking(await answeringAfter(400), 1_500);
  const several = async () => {
    const atOnce = [];
    for (let count = 0; count < 6; count += 1) {
      atOnce.push(ask());
      await sleep(1); // a request of its own for each
    }
    return [...(await Promise.all(atOnce)), await ask()];
  };
  expect(new Set(await budget.spend(several))).toEqual(new Set(['answered']));
});

test('a rejection is an answer', async () => {
  const redis = createTestRedis();
  const { budget, limited, ask } = asking(redis, 5_000);
  const key = uniqueName();
  await budget.spend(async () => {
    await redis.ask((commands) => commands.set(key, 'text'));
    expect(await limited.ask((commands) => commands.hincrby(key, 'a', 1))).toMatchObject({
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
