import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { RedisLock } from '../../../shared/adapters/lock/redis-lock.ts';
import { withLock } from '../../../shared/adapters/lock/with-lock.ts';
import { withMultipleLocks } from '../../../shared/adapters/lock/with-multiple-locks.ts';
import { noRedis } from '../../../shared/adapters/redis/redis.ts';
import { createTestRedis, uniqueName } from '../../support/redis.ts';

const deps = { redis: createTestRedis() };

async function isFree(resource: string): Promise<boolean> {
  const answer = await deps.redis.ask((commands) => commands.exists(`lock:{${resource}}`));
  return answer.code === 'answered' && answer.value === 0;
}

async function hold(resource: string): Promise<void> {
  expect((await new RedisLock(deps, resource).acquire()).code).toBe('acquired');
}

describe('withLock', () => {
  test('the work has the lock, its value is returned, and the lock released', async () => {
    const resource = uniqueName();
    const outcome = await withLock(deps, resource, async ({ fence, signal }) => {
      expect(signal.aborted).toBe(false);
      expect(await withLock(deps, resource, async () => 'never', { retries: 0 })).toEqual({
        code: 'contended',
      });
      return fence > 0;
    });
    expect(outcome).toEqual({ code: 'done', value: true });
    expect(await isFree(resource)).toBe(true);
  });

  test('the lock is released when the work throws, and the error is rethrown', async () => {
    const resource = uniqueName();
    const failing = withLock(deps, resource, async () => {
      throw new Error('the work failed');
    });
    await expect(failing).rejects.toThrow('the work failed');
    expect(await isFree(resource)).toBe(true);
  });

  test('the work is notified when the lock is lost', async () => {
    const stopped = withLock(
      deps,
      uniqueName(),
      async ({ signal }) => {
        await once(signal, 'abort');
        signal.throwIfAborted();
      },
      { ttlMs: 100 },
    );
    expect(await stopped).toEqual({ code: 'lost' });
    const deaf = withLock(deps, uniqueName(), () => sleep(300, 'written'), { ttlMs: 100 });
    expect(await deaf).toEqual({ code: 'lost', value: 'written' });
  });

  test('an error unrelated to the loss is thrown all the same', async () => {
    const failing = withLock(
      deps,
      uniqueName(),
      async ({ signal }) => {
        await once(signal, 'abort');
        throw new Error('something else');
      },
      { ttlMs: 100 },
    );
    await expect(failing).rejects.toThrow('something else');
  });

  test('without Redis the work does not start, and its caller may continue without the lock', async () => {
    const job = async () => 'claimed in DynamoDB';
    const outcome = await withLock({ redis: noRedis }, uniqueName(), job);
    expect(outcome).toEqual({ code: 'unavailable' });
    expect(outcome.code === 'unavailable' && (await job())).toBe('claimed in DynamoDB');
  });
});

describe('withMultipleLocks', () => {
  test('all are held, each with its number, and all are released', async () => {
    const resources = [uniqueName(), uniqueName(), uniqueName()];
    const outcome = await withMultipleLocks(deps, [...resources, ...resources], async ({ fences }) => {
      expect(await Promise.all(resources.map(isFree))).toEqual([false, false, false]);
      return [...fences.keys()].sort();
    });
    expect(outcome).toEqual({ code: 'done', value: [...resources].sort() });
    expect(await Promise.all(resources.map(isFree))).toEqual([true, true, true]);
  });

  test('all or none: locks taken before a refusal are released', async () => {
    const [first = '', second = '', third = ''] = [uniqueName(), uniqueName(), uniqueName()].sort();
    await hold(second);
    let begun = false;
    const work = async () => {
      begun = true;
    };
    expect(await withMultipleLocks(deps, [third, second, first], work, { retries: 0 })).toEqual({
      code: 'contended',
    });
    expect(begun).toBe(false);
    expect([await isFree(first), await isFree(third)]).toEqual([true, true]);
  });

  test('the wait bound is for all of them together', async () => {
    const [first = '', second = ''] = [uniqueName(), uniqueName()].sort();
    const holder = new RedisLock(deps, first);
    await holder.acquire();
    await hold(second);
    const startedAt = performance.now();
    const impatient = { ...deps, random: () => 0.05 };
    const options = { retries: 1_000, maxWaitMs: 1_000 };
    const waiting = withMultipleLocks(impatient, [first, second], async () => {}, options);
    await sleep(800);
    await holder.release();
    expect(await waiting).toEqual({ code: 'contended' });
    expect(performance.now() - startedAt).toBeLessThan(1_600);
  });

  test('the work is notified when one of them is lost', async () => {
    const [first = '', second = ''] = [uniqueName(), uniqueName()].sort();
    const outcome = await withMultipleLocks(
      deps,
      [first, second],
      async ({ signal }) => {
        await deps.redis.ask((commands) => commands.del(`lock:{${second}}`));
        await once(signal, 'abort');
        signal.throwIfAborted();
      },
      { ttlMs: 600, autoRenew: true },
    );
    expect(outcome).toEqual({ code: 'lost' });
    expect(await isFree(first)).toBe(true);
  });

  test('two locks taken in both orders by many: no deadlock, one works at a time', async () => {
    const [a, b] = [uniqueName(), uniqueName()];
    let inside = 0;
    let most = 0;
    const work = async () => {
      inside += 1;
      most = Math.max(most, inside);
      await sleep(1);
      inside -= 1;
    };
    const outcomes = await Promise.all(
      Array.from({ length: 40 }, (_, index) =>
        withMultipleLocks(deps, index % 2 ? [a, b] : [b, a], work, {
          retries: 10_000,
          retryDelayMs: 10,
          maxWaitMs: 20_000,
        }),
      ),
    );
    expect(outcomes.map(({ code }) => code)).toEqual(Array(40).fill('done'));
    expect(most).toBe(1);
  });
});
