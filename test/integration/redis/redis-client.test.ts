import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { noRedis } from '../../../shared/adapters/redis/redis.ts';
import { RedisClient } from '../../../shared/adapters/redis/redis-client.ts';
import { serveLocally } from '../../support/local-server.ts';
import { createTestRedis, redisAddress, startFragileRedis, uniqueName } from '../../support/redis.ts';

/** Slack for a busy machine; the service's own limit is the budget. */
const SLACK_MS = 200;

async function fragileRedis() {
  const redis = await startFragileRedis();
  onTestFinished(() => redis.stop());
  return redis;
}

/** A server in Redis' place that answers every request in the same way. */
async function serverThatAnswers(status: number | 'hang up', body: string) {
  let requests = 0;
  const server = await serveLocally((message, response) => {
    requests += 1;
    if (status === 'hang up') message.destroy();
    else response.writeHead(status).end(body);
  });
  onTestFinished(server.stop);
  return { url: server.url, token: 'token', requests: () => requests };
}

async function timed<T>(run: () => Promise<T>): Promise<{ result: T; ms: number }> {
  const startedAt = performance.now();
  const result = await run();
  return { result, ms: performance.now() - startedAt };
}

const ask = (redis: RedisClient) => redis.ask((commands) => commands.get('key'));

test('values are returned as they were stored', async () => {
  const [redis, key] = [createTestRedis(), uniqueName()];
  for (const value of ['007', '12345678901234567890', '{"a": 1}', 'true', 'Zoë 🎈']) {
    await redis.ask((commands) => commands.set(key, value));
    expect(await redis.ask((commands) => commands.get(key))).toEqual({ code: 'answered', value });
  }
  expect(await redis.ask((commands) => commands.get(uniqueName()))).toEqual({
    code: 'answered',
    value: null,
  });
});

test('concurrent commands travel in one request', async () => {
  const server = await serverThatAnswers(200, JSON.stringify(Array(10).fill({ result: 'x' })));
  const redis = new RedisClient({ ...server, budgetMs: 2_000 });
  const answers = await Promise.all(Array.from({ length: 10 }, () => ask(redis)));
  expect(answers).toEqual(Array(10).fill({ code: 'answered', value: 'x' }));
  expect(server.requests()).toBe(1);
});

test.each([
  ['an error', 500, '{"error":"ERR internal"}'],
  ['a lost connection', 'hang up' as const, ''],
])('after %s the call is not repeated', async (_, status, body) => {
  const server = await serverThatAnswers(status, body);
  const redis = new RedisClient({ ...server, budgetMs: 2_000 });
  expect(await ask(redis)).toMatchObject({ code: 'no_answer', reason: 'unreachable' });
  expect(server.requests()).toBe(1);
});

test('hung for 5 s, it costs the budget three times, then next to nothing, and recovers by itself', async () => {
  const fragile = await fragileRedis();
  const redis = new RedisClient({ ...fragile, breaker: { openMs: 1_000 } });
  await expect.poll(() => ask(redis), { timeout: 10_000 }).toMatchObject({ code: 'answered' });
  const before = redis.counters.failures;
  await fragile.hang(5_000);
  const hungAt = performance.now();

  for (let call = 0; call < 3; call += 1) {
    const { result, ms } = await timed(() => ask(redis));
    expect(result).toEqual({ code: 'no_answer', reason: 'timeout' });
    expect(ms).toBeLessThan(50 + SLACK_MS);
  }
  const { result: refusals, ms } = await timed(() =>
    Promise.all(Array.from({ length: 1_000 }, () => ask(redis))),
  );
  expect(refusals).toEqual(Array(1_000).fill({ code: 'no_answer', reason: 'circuit_open' }));
  expect(ms).toBeLessThan(SLACK_MS);

  await expect
    .poll(() => ask(redis), { timeout: 9_000, interval: 20 })
    .toEqual({ code: 'answered', value: null });
  expect(performance.now() - hungAt).toBeGreaterThan(4_500);
  const { calls, failures, shortCircuited } = redis.counters;
  // Three calls opened it; one probe a second followed.
  expect(failures - before).toBeLessThanOrEqual(3 + 6);
  expect(calls).toBeLessThan(shortCircuited);
});

test('down and back, behind its endpoint or with it', async () => {
  const fragile = await fragileRedis();
  const redis = new RedisClient({ ...fragile, budgetMs: 2_000, breaker: { openMs: 200 } });
  await fragile.shutDown();
  for (let call = 0; call < 3; call += 1) {
    expect(await ask(redis)).toMatchObject({ code: 'no_answer', reason: 'unreachable' });
  }
  expect(await ask(redis)).toEqual({ code: 'no_answer', reason: 'circuit_open' });
  await fragile.restart();
  await expect.poll(() => ask(redis), { timeout: 5_000 }).toEqual({ code: 'answered', value: null });
});

test('no server listens', async () => {
  const redis = new RedisClient({ url: 'http://127.0.0.1:1', token: 'token', budgetMs: 2_000 });
  expect(await ask(redis)).toMatchObject({ code: 'no_answer', reason: 'unreachable' });
});

test('a command that Redis rejects opens nothing: one bad key is not an outage', async () => {
  const [redis, key] = [createTestRedis(), uniqueName()];
  await redis.ask((commands) => commands.set(key, 'text'));
  for (let call = 0; call < 5; call += 1) {
    expect(await redis.ask((commands) => commands.incr(key))).toMatchObject({
      code: 'no_answer',
      reason: 'refused',
    });
  }
  expect(await redis.ask((commands) => commands.get(key))).toEqual({ code: 'answered', value: 'text' });
  expect(redis.counters).toMatchObject({ calls: 7, failures: 5, shortCircuited: 0 });
});

test.each([
  ['a wrong token', () => ({ ...redisAddress(), token: 'a-secret-token' })],
  ['a page instead of JSON', () => serverThatAnswers(502, '<html>a-secret-value</html>')],
  ['truncated JSON', () => serverThatAnswers(200, '[{"result":"a-secret-value')],
  ['JSON of another shape', () => serverThatAnswers(200, '{"result":"a-secret-value"}')],
])('%s is no answer, and its detail reveals nothing', async (_, address) => {
  const redis = new RedisClient({ ...(await address()), budgetMs: 2_000 });
  const answer = await redis.ask((commands) => commands.set('key-of-a-user', 'a-secret-value'));
  expect(answer).toMatchObject({ code: 'no_answer', reason: 'unreachable' });
  expect(JSON.stringify(answer)).not.toMatch(/secret|key-of-a-user/);
});

test('unconfigured, it returns no answer, at once', async () => {
  expect(await noRedis.ask(async () => 'sent')).toEqual({ code: 'no_answer', reason: 'not_configured' });
});

test('an answer after the budget is not waited for, nor mixed up with a later one', async () => {
  const fragile = await fragileRedis();
  const redis = new RedisClient({ ...fragile, budgetMs: 100, breaker: { failures: 1_000 } });
  await redis.ask((commands) => commands.set('late', 'first'));
  await fragile.hang(400);
  expect(await redis.ask((commands) => commands.get('late'))).toMatchObject({ reason: 'timeout' });
  await sleep(500);
  await redis.ask((commands) => commands.set('other', 'second'));
  expect(await redis.ask((commands) => commands.get('other'))).toEqual({ code: 'answered', value: 'second' });
});
