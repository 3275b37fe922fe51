import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { LockLost } from '../../../shared/adapters/lock/lock-hold.ts';
import { type LockEvent, RedisLock } from '../../../shared/adapters/lock/redis-lock.ts';
import { noRedis } from '../../../shared/adapters/redis/redis.ts';
import { FencedRegister } from '../../support/fenced-register.ts';
import { acquired, locksOver } from '../../support/locks.ts';
import { createTestRedis, startFragileRedis, uniqueName } from '../../support/redis.ts';

const redis = createTestRedis();
const { lockOn, leftInRedis } = locksOver(redis);

describe('holding', () => {
  test('one holder at a time; free again after its release', async () => {
    const resource = uniqueName();
    const [mine, other] = [lockOn(resource), lockOn(resource)];
    await acquired(mine);
    expect(await other.acquire()).toEqual({ code: 'contended' });
    expect(await mine.release()).toBe('released');
    expect((await other.acquire()).code).toBe('acquired');
  });

  test('only the holder releases', async () => {
    const resource = uniqueName();
    const [first, second, third] = [lockOn(resource, { ttlMs: 100 }), lockOn(resource), lockOn(resource)];
    await acquired(first);
    await expect.poll(() => leftInRedis(resource), { timeout: 5_000 }).toBeLessThan(0);
    await acquired(second);
    expect(await first.release()).toBe('not_held');
    expect(await third.release()).toBe('not_held');
    expect(await third.acquire()).toEqual({ code: 'contended' });
  });

  test('only the holder extends; a former holder gets a refusal', async () => {
    const resource = uniqueName();
    const [first, second] = [lockOn(resource), lockOn(resource, { ttlMs: 2_000 })];
    const { signal } = await acquired(first);
    await redis.ask((commands) => commands.del(`lock:{${resource}}`));
    await acquired(second);
    expect(await first.extend()).toBe('lost');
    expect(signal.reason).toBeInstanceOf(LockLost);
    expect(first.remainingMs).toBe(0);
    expect(await leftInRedis(resource)).toBeLessThanOrEqual(2_000);
  });

  test('it is not reentrant', async () => {
    const lock = lockOn(uniqueName());
    await acquired(lock);
    await expect(lock.acquire()).rejects.toThrow('held by this object');
    await lock.release();
    expect((await lock.acquire()).code).toBe('acquired');
  });

  test("the holder's assumed lease never exceeds the TTL in Redis", async () => {
    const resource = uniqueName();
    const lock = lockOn(resource, { ttlMs: 1_000 });
    const expectLessThanRedisKeeps = async () => {
      const [surelyMs, askedAt] = [lock.remainingMs, performance.now()];
      const leftMs = await leftInRedis(resource);
      expect(surelyMs).toBeGreaterThan(0);
      expect(leftMs + performance.now() - askedAt).toBeGreaterThanOrEqual(surelyMs);
    };
    await acquired(lock);
    await expectLessThanRedisKeeps();
    await sleep(300);
    expect(await lock.extend()).toBe('extended');
    expect(await leftInRedis(resource)).toBeGreaterThan(700);
    await expectLessThanRedisKeeps();
  });

  test('special characters in names are literal: one resource never locks another', async () => {
    const name = uniqueName();
    for (const resource of [`${name}`, `{${name}}`, `${name}}`, `${name}}:fence`, `${name}*`, `${name} 🎈`]) {
      expect((await lockOn(resource).acquire()).code).toBe('acquired');
    }
  });
});

describe('fencing', () => {
  test('numbers grow with every acquisition, also after an expiry', async () => {
    const resource = uniqueName();
    const fences: number[] = [];
    for (let round = 0; round < 5; round += 1) {
      const lock = lockOn(resource, { ttlMs: 30 });
      fences.push((await acquired(lock)).fence);
      if (round % 2) await lock.release();
      await expect.poll(() => leftInRedis(resource), { timeout: 5_000 }).toBeLessThan(0);
    }
    expect(fences).toEqual([...new Set(fences)].sort((a, b) => a - b));
  });

  test("expired and taken over: the first holder's late write is fenced", async () => {
    const [resource, register] = [uniqueName(), new FencedRegister()];
    const first = await acquired(lockOn(resource, { ttlMs: 50 }));
    expect(register.write(first.fence)).toBe(true);
    await expect.poll(() => leftInRedis(resource), { timeout: 5_000 }).toBeLessThan(0);
    const second = await acquired(lockOn(resource));
    expect(register.write(second.fence)).toBe(true);
    expect(register.write(first.fence)).toBe(false);
    expect(register.write(second.fence)).toBe(true);
  });

  test('numbers keep growing when Redis lost its data', async () => {
    const fragile = await startFragileRedis();
    onTestFinished(() => fragile.stop());
    const [resource, over] = [uniqueName(), createTestRedis(fragile)];
    const before = await acquired(lockOn(resource, {}, over));
    await fragile.flush();
    const after = await acquired(lockOn(resource, {}, over));
    expect(after.fence).toBeGreaterThan(before.fence);
  });

  test('a holder whose clock is behind gets a greater number than the one before', async () => {
    const resource = uniqueName();
    const early = new RedisLock({ redis, now: () => Date.now() - 3_600_000 }, resource, { ttlMs: 1_000 });
    const { fence } = await acquired(lockOn(resource, { ttlMs: 30 }));
    const acquisition = await early.acquire();
    expect(acquisition).toMatchObject({ code: 'acquired', fence: fence + 1 });
  });
});

describe('waiting', () => {
  test('it gets the lock when the holder releases it', async () => {
    const resource = uniqueName();
    const holder = lockOn(resource);
    await acquired(holder);
    const waiting = lockOn(resource, { retries: 100, retryDelayMs: 10 }).acquire();
    await sleep(100);
    await holder.release();
    expect((await waiting).code).toBe('acquired');
  });

  test('it never waits longer than its bound, and not at all without retries', async () => {
    const resource = uniqueName();
    await acquired(lockOn(resource));
    const startedAt = performance.now();
    expect(await lockOn(resource, { retries: 1_000, maxWaitMs: 300 }).acquire()).toEqual({
      code: 'contended',
    });
    expect(performance.now() - startedAt).toBeLessThan(600);
  });

  test('pauses double up to a second, each a random part of its bound', async () => {
    const resource = uniqueName();
    await acquired(lockOn(resource));
    const pauses: number[] = [];
    const deps = { redis, random: () => 0.5, sleep: async (ms: number) => pauses.push(ms) };
    await new RedisLock(deps, resource, { retries: 7, retryDelayMs: 40 }).acquire();
    expect(pauses).toEqual([20, 40, 80, 160, 320, 500, 500]);
  });

  test('outcomes are counted', async () => {
    const resource = uniqueName();
    const events: LockEvent[] = [];
    const deps = { redis, observe: (event: LockEvent) => events.push(event) };
    const holder = new RedisLock(deps, resource, { ttlMs: 400 });
    await acquired(holder);
    await new RedisLock(deps, resource, { retries: 2, retryDelayMs: 1 }).acquire();
    await new RedisLock({ ...deps, redis: noRedis }, resource).acquire();
    await expect.poll(() => events.length, { timeout: 5_000 }).toBe(5);
    expect(events.map(({ event }) => event)).toEqual([
      'acquired',
      'contended',
      'timed_out',
      'unavailable',
      'lost',
    ]);
    expect(events.slice(0, 4).every(({ waitMs = -1 }) => waitMs >= 0)).toBe(true);
  });
});
