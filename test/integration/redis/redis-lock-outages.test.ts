import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { RedisLock } from '../../../shared/adapters/lock/redis-lock.ts';
import { noRedis } from '../../../shared/adapters/redis/redis.ts';
import { acquired, locksOver } from '../../support/locks.ts';
import { losingAnswers } from '../../support/losing-answers.ts';
import { createTestRedis, startFragileRedis, uniqueName } from '../../support/redis.ts';

const redis = createTestRedis();
const { lockOn, leftInRedis } = locksOver(redis);

describe('lost answers', () => {
  test('an executed acquisition is recognized by its next try', async () => {
    const resource = uniqueName();
    let answers = 0;
    const over = losingAnswers(redis, () => ++answers <= 2);
    const lock = lockOn(resource, { retries: 3, retryDelayMs: 1 }, over);
    const { fence } = await acquired(lock);
    expect(answers).toBe(3);
    expect(await lock.release()).toBe('released');
    expect((await acquired(lockOn(resource))).fence).toBeGreaterThan(fence);
  });

  test('a recognized acquisition lasts as long as its holder assumes', async () => {
    const resource = uniqueName();
    let answers = 0;
    const deps = { redis: losingAnswers(redis, () => ++answers === 1), sleep: () => sleep(500) };
    const lock = new RedisLock(deps, resource, { ttlMs: 2_000 });
    await acquired(lock);
    const [surelyMs, askedAt] = [lock.remainingMs, performance.now()];
    expect((await leftInRedis(resource)) + performance.now() - askedAt).toBeGreaterThanOrEqual(surelyMs);
  });

  test('an abandoned acquisition leaves no lock behind', async () => {
    const resource = uniqueName();
    let answers = 0;
    const lock = lockOn(
      resource,
      {},
      losingAnswers(redis, () => ++answers === 1),
    );
    expect(await lock.acquire()).toEqual({ code: 'unavailable' });
    expect(await leftInRedis(resource)).toBeLessThan(0);
  });

  test('a release is retried', async () => {
    const resource = uniqueName();
    let answers = 0;
    const lock = lockOn(
      resource,
      {},
      losingAnswers(redis, () => ++answers === 2),
    );
    await acquired(lock);
    expect(await lock.release()).toBe('released');
    expect(await leftInRedis(resource)).toBeLessThan(0);
  });

  test("an extension whose answer was lost extends no holder's assumption", async () => {
    let answers = 0;
    const lock = lockOn(
      uniqueName(),
      { ttlMs: 1_000 },
      losingAnswers(redis, () => ++answers === 2),
    );
    await acquired(lock);
    const before = lock.remainingMs;
    expect(await lock.extend()).toBe('unavailable');
    expect(lock.remainingMs).toBeLessThanOrEqual(before);
  });
});

describe('without Redis', () => {
  test('unconfigured: unavailable, at once', async () => {
    const lock = lockOn(uniqueName(), { retries: 100, retryDelayMs: 1_000 }, noRedis);
    const startedAt = performance.now();
    expect(await lock.acquire()).toEqual({ code: 'unavailable' });
    expect(await lock.release()).toBe('not_held');
    expect(performance.now() - startedAt).toBeLessThan(100);
  });

  test('hung: unavailable within the wait bound; afterwards no lock stays beyond its TTL', async () => {
    const fragile = await startFragileRedis();
    onTestFinished(() => fragile.stop());
    const [resource, over] = [uniqueName(), createTestRedis({ ...fragile, budgetMs: 50 })];
    await fragile.hang(1_500);
    const startedAt = performance.now();
    const lock = lockOn(resource, { retries: 10, retryDelayMs: 20, ttlMs: 1_000 }, over);
    expect(await lock.acquire()).toEqual({ code: 'unavailable' });
    expect(performance.now() - startedAt).toBeLessThan(1_000);
    const later = lockOn(resource, { retries: 100, maxWaitMs: 8_000 }, createTestRedis(fragile));
    expect((await later.acquire()).code).toBe('acquired');
  });
});
