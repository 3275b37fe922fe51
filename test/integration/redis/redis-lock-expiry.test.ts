import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { LockLost } from '../../../shared/adapters/lock/lock-hold.ts';
import { type LockEvent, RedisLock } from '../../../shared/adapters/lock/redis-lock.ts';
import { acquired, locksOver } from '../../support/locks.ts';
import { createTestRedis, redisAddress, startFragileRedis, uniqueName } from '../../support/redis.ts';

const redis = createTestRedis();
const { lockOn, leftInRedis } = locksOver(redis);

describe('work longer than the TTL', () => {
  test('without renewal the lock goes to the next, and the work is notified', async () => {
    const resource = uniqueName();
    const { signal } = await acquired(lockOn(resource, { ttlMs: 200 }));
    expect(signal.aborted).toBe(false);
    await expect
      .poll(() => lockOn(resource).acquire(), { timeout: 5_000 })
      .toMatchObject({ code: 'acquired' });
    expect(signal.reason).toBeInstanceOf(LockLost);
  });

  test('with renewal the lock stays, until it is released', async () => {
    const resource = uniqueName();
    const lock = lockOn(resource, { ttlMs: 1_000, autoRenew: true });
    const { signal } = await acquired(lock);
    const until = Date.now() + 2_500;
    while (Date.now() < until) {
      expect(await lockOn(resource).acquire()).toEqual({ code: 'contended' });
      await sleep(100);
    }
    expect(signal.aborted).toBe(false);
    expect(await lock.release()).toBe('released');
    await sleep(400);
    expect(await leftInRedis(resource)).toBeLessThan(0);
  });

  test('renewal stops, and the work is notified, when the lock was taken over', async () => {
    const resource = uniqueName();
    const events: LockEvent[] = [];
    const lock = new RedisLock({ redis, observe: (event) => events.push(event) }, resource, {
      ttlMs: 300,
      autoRenew: true,
    });
    const { signal } = await acquired(lock);
    await redis.ask((commands) => commands.set(`lock:{${resource}}`, 'another holder', { px: 5_000 }));
    await expect.poll(() => signal.aborted, { timeout: 2_000 }).toBe(true);
    await sleep(300);
    expect(events.filter(({ event }) => event === 'lost')).toHaveLength(1);
    expect(await lock.release()).toBe('not_held');
    expect(await leftInRedis(resource)).toBeGreaterThan(3_000);
  });

  test('renewal without answers ends with the TTL, not later', async () => {
    const fragile = await startFragileRedis();
    onTestFinished(() => fragile.stop());
    const over = createTestRedis({ ...fragile, budgetMs: 200 });
    const lock = lockOn(uniqueName(), { ttlMs: 600, autoRenew: true }, over);
    const { signal } = await acquired(lock);
    const takenAt = performance.now();
    await fragile.hang(2_000);
    await once(signal, 'abort');
    expect(performance.now() - takenAt).toBeLessThan(1_500);
  });

  test('a crash leaves no lock beyond its TTL', async () => {
    const [resource, ttlMs] = [uniqueName(), 1_000];
    const { url, token } = redisAddress();
    const script = resolve(import.meta.dirname, '../../support/lock-holder.ts');
    const holder = spawn(process.execPath, [script, url, token, resource, String(ttlMs)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    onTestFinished(() => void holder.kill('SIGKILL'));
    expect(String(await once(holder.stdout, 'data'))).toBe('acquired\n');
    await sleep(2 * ttlMs);
    expect(await lockOn(resource).acquire()).toEqual({ code: 'contended' });
    holder.kill('SIGKILL');
    const killedAt = performance.now();
    await expect.poll(() => leftInRedis(resource), { interval: 10, timeout: 5_000 }).toBeLessThan(0);
    expect(performance.now() - killedAt).toBeLessThan(ttlMs + 500);
  });
});
