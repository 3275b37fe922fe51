import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { CacheStats } from '../../../shared/adapters/cache/cache-stats.ts';
import { type CacheDeps, statsKey, VersionedCache } from '../../../shared/adapters/cache/versioned-cache.ts';
import { noRedis, type Redis } from '../../../shared/adapters/redis/redis.ts';
import { RedisTimeBudget } from '../../../shared/adapters/redis/redis-time-budget.ts';
import { cacheDeps, environments, loaded, never, stored, textKind } from '../../support/caches.ts';
import { createTestRedis } from '../../support/redis.ts';
import { TestClock } from '../../support/service.ts';

describe('a cold key', () => {
  test('1,000 readers in 20 environments load it at most 3 times', async () => {
    const { caches } = environments(20);
    let loads = 0;
    const load = async () => {
      loads += 1;
      await sleep(30);
      return loaded('one', 1);
    };
    const answers = await Promise.all(
      Array.from({ length: 1_000 }, (_, index) => caches[index % 20]?.read('ada', load)),
    );
    expect(new Set(answers.map((answer) => answer?.value))).toEqual(new Set(['one']));
    expect(loads).toBeLessThanOrEqual(3);
  });

  test('costs its reader a lookup and a fill', async () => {
    const { a } = environments(1);
    expect((await a.read('ada', async () => loaded('one', 1))).from).toBe('store');
    expect(a.redis.counters.calls).toBe(2);
  });

  test('whose filler died is loaded by its waiters, 200 ms later at most', async () => {
    const { kind, a, clock } = environments(1);
    await expect(a.read('ada', never)).rejects.toThrow('nothing should be loaded');
    let waitedMs = 0;
    const pause = async (ms: number) => {
      waitedMs += ms;
    };
    const next = new VersionedCache(cacheDeps({ now: clock.now, sleep: pause }), kind);
    expect((await next.read('ada', async () => loaded('one', 1))).from).toBe('store');
    expect(waitedMs).toBe(200);
  });

  test('a failed load fails its readers, and is retried by the next', async () => {
    const { a } = environments(1);
    const both = [a.read('ada', never), a.read('ada', never)];
    expect((await Promise.allSettled(both)).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect((await a.read('ada', async () => loaded('one', 1))).value).toBe('one');
  });
});

describe('a hot key', () => {
  test('is refreshed by one reader before it expires, with a probability that grows towards its end', async () => {
    const { kind, a, clock } = environments(1);
    // It took 1 s to load.
    await a.put('ada', loaded('one', 1), 1_000);
    const readerWith = (random: number) =>
      new VersionedCache(cacheDeps({ now: clock.now, random: () => random }), kind);
    const load = async () => loaded('two', 2);
    // -ln(1 - 0.9) = 2.3: this one refreshes 2.3 s early, the other one 0.1 s.
    clock.advanceMs(57_600);
    expect((await readerWith(0.9).read('ada', load)).value).toBe('one');
    clock.advanceMs(200);
    expect((await readerWith(0.1).read('ada', load)).value).toBe('one');
    expect((await readerWith(0.9).read('ada', load)).value).toBe('two');
    expect((await readerWith(0.1).read('ada', load)).value).toBe('two');
  });
});

describe('an entry in Redis that the cache did not write is a miss, never a fault', () => {
  const garbage: [string, Record<string, string>][] = [
    ['a truncated value', { x: '"on' }],
    ['another value', { x: '"two"' }],
    ['an unknown seal', { s: 'x' }],
    ['no seal', { s: '' }],
    ['an invalid version', { v: 'first' }],
    ['an invalid time', { f: 'yesterday' }],
    ['an invalid figure', { n: '1.5' }],
  ];
  test.each(garbage)('%s', async (_, fields) => {
    const { kind, a, b } = environments(2);
    await a.put('ada', loaded('one', 1));
    await a.redis.ask((commands) => commands.hset(kind.keyOf('ada'), fields));
    expect(await b.read('ada', async () => loaded('one', 1))).toMatchObject({ value: 'one', from: 'store' });
    // And is replaced.
    expect((await new VersionedCache(cacheDeps(), kind).read('ada', never)).from).toBe('l2');
  });

  test('a key that is no hash', async () => {
    const { kind, a, b } = environments(2);
    await a.redis.ask((commands) => commands.set(kind.keyOf('ada'), 'text'));
    expect(await a.increment('ada', { about: '', count: 1, firstVersion: 1, version: 1 })).toBe(false);
    await a.redis.ask((commands) => commands.set(kind.keyOf('ada'), 'text'));
    expect((await a.read('ada', async () => loaded('one', 1))).from).toBe('store');
    expect((await b.read('ada', never)).value).toBe('one');
  });

  test("another id's entry, moved", async () => {
    const { kind, a, b } = environments(2);
    await a.put('eve', loaded('of eve', 9));
    await a.redis.ask((commands) => commands.copy(kind.keyOf('eve'), kind.keyOf('ada')));
    const found = await b.read('ada', async () => loaded('of ada', 9));
    expect(found).toMatchObject({ value: 'of ada', from: 'store' });
  });

  test('an entry of another format', async () => {
    const { kind, a } = environments(1);
    await a.put('ada', loaded('old', 1));
    const next = new VersionedCache(cacheDeps(), { ...kind, format: 2 });
    expect((await next.read('ada', async () => loaded('new', 1))).value).toBe('new');
  });
});

describe('statistics', () => {
  test('of all environments add up', async () => {
    const { kind, caches, clock } = environments(3);
    for (const cache of caches) {
      for (let call = 0; call < 10; call += 1) await cache.read('ada', async () => loaded('one', 1));
    }
    clock.advanceMs(5_000);
    for (const cache of caches) await cache.read('other', async () => loaded('two', 1));
    const stats = await new CacheStats(createTestRedis()).ofDay([kind.name, 'unheard'], clock.now());
    expect(stats).toEqual({
      [kind.name]: { l1Hits: 27, l2Hits: 2, misses: 1, fills: 1, errors: 0 },
      unheard: { l1Hits: 0, l2Hits: 0, misses: 0, fills: 0, errors: 0 },
    });
    const { ttlMs } = await stored(statsKey(kind.name, clock.now()));
    expect(ttlMs).toBeGreaterThan(0);
  });

  test('travel with another call, and an observer receives the same', async () => {
    const clock = new TestClock();
    clock.freezeAt(Date.now());
    const [redis, observed] = [createTestRedis(), [] as unknown[]];
    const observe = (...counts: unknown[]) => observed.push(counts);
    const kind = textKind();
    const cache = new VersionedCache(cacheDeps({ redis, now: clock.now, observe }), kind);
    await cache.read('ada', async () => loaded('one', 1));
    clock.advanceMs(5_000);
    await cache.read('ada', never);
    expect(redis.counters.calls).toBe(3);
    expect(observed).toEqual([
      [
        kind.name,
        [
          ['misses', 1],
          ['fills', 1],
        ],
      ],
    ]);
  });

  /**
   * The counters an observer receives in a few seconds of reading, by cold and warm readers, two kinds per
   * call.
   */
  async function countersOf(redis: Redis) {
    const clock = new TestClock();
    clock.freezeAt(Date.now());
    const names: string[] = [];
    const observe: CacheDeps['observe'] = (_, counts) => names.push(...counts.map(([name]) => name));
    const budget = new RedisTimeBudget(5_000);
    const deps = cacheDeps({ redis: budget.over(redis), now: clock.now, observe });
    const kinds = [new VersionedCache(deps, textKind()), new VersionedCache(deps, textKind())];
    for (let question = 0; question < 20; question += 1) {
      await budget.spend(async () => {
        for (const cache of kinds) {
          await cache.read(`user-${question}`, async () => loaded('one', 1));
          await cache.read(`user-${question}`, never);
        }
      });
      clock.advanceMs(1_000);
    }
    return new Set(names);
  }

  test('without Redis are absent, and nothing counts as an error', async () => {
    expect(await countersOf(noRedis)).toEqual(new Set());
    expect(await new CacheStats(noRedis).ofDay(['quota'], 0)).toBeUndefined();
  });

  test('with Redis down count failed lookups as misses', async () => {
    const down = createTestRedis({ url: 'http://127.0.0.1:1' });
    expect(await countersOf(down)).toEqual(new Set(['l1Hits', 'misses', 'errors']));
  });
});
