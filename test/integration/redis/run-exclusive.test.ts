import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { LockEvent } from '../../../shared/adapters/lock/redis-lock.ts';
import { withLock } from '../../../shared/adapters/lock/with-lock.ts';
import { noRedis, type Redis } from '../../../shared/adapters/redis/redis.ts';
import { type RunExclusiveDeps, runExclusive } from '../../../shared/usecases/retry/run-exclusive.ts';
import { createTestRedis, uniqueName } from '../../support/redis.ts';

const over = (redis: Redis, events: LockEvent[] = []): RunExclusiveDeps => ({
  withLock: (resource, work, options) =>
    withLock({ redis, observe: (event) => events.push(event) }, resource, work, options),
});

test('of ten runs started at once, one works and nine return that it is running', async () => {
  const job = uniqueName('job');
  let running = 0;
  const work = async () => {
    running += 1;
    expect(running).toBe(1);
    await sleep(300);
    running -= 1;
    return 'done';
  };
  const runs = await Promise.all(
    Array.from({ length: 10 }, () => runExclusive(over(createTestRedis()), job, work)),
  );
  expect(runs.filter(({ code }) => code === 'ran')).toEqual([{ code: 'ran', value: 'done', locked: true }]);
  expect(runs.filter(({ code }) => code === 'already_running')).toHaveLength(9);
  // It is free afterwards, also when the work failed.
  await expect(
    runExclusive(over(createTestRedis()), job, () => Promise.reject(new Error('failed'))),
  ).rejects.toThrow('failed');
  expect((await runExclusive(over(createTestRedis()), job, async () => 1)).code).toBe('ran');
});

test('another job runs concurrently', async () => {
  const deps = over(createTestRedis());
  const outcome = await runExclusive(deps, uniqueName('a'), () =>
    runExclusive(deps, uniqueName('b'), async () => 1),
  );
  expect(outcome).toMatchObject({ code: 'ran', value: { code: 'ran' } });
});

test('without Redis it still runs, once', async () => {
  let runs = 0;
  const outcome = await runExclusive(over(noRedis), uniqueName('job'), async () => {
    runs += 1;
  });
  expect(outcome).toEqual({ code: 'ran', value: undefined, locked: false });
  expect(runs).toBe(1);
});

test('when the lock is lost meanwhile, the work still completes, once', async () => {
  const [redis, job, events] = [createTestRedis(), uniqueName('job'), [] as LockEvent[]];
  const deps: RunExclusiveDeps = {
    withLock: (resource, work) =>
      withLock({ redis, observe: (event) => events.push(event) }, resource, work, { ttlMs: 100 }),
  };
  let runs = 0;
  const outcome = await runExclusive(deps, job, async () => {
    runs += 1;
    await sleep(300);
    return 'done';
  });
  expect(outcome).toEqual({ code: 'ran', value: 'done', locked: false });
  expect(runs).toBe(1);
  expect(events.map(({ event }) => event)).toEqual(['acquired', 'lost']);
});
