import { describe, expect, test } from 'vitest';
import { PLAN_CACHE, QUOTA_CACHE, USAGE_CACHE } from '../../../shared/adapters/cache/cache-kinds.ts';
import { statsKey, VersionedCache } from '../../../shared/adapters/cache/versioned-cache.ts';
import { noRedis } from '../../../shared/adapters/redis/redis.ts';
import { usageCacheId } from '../../../shared/domain/rollup.ts';
import { cacheDeps, environments, loaded, never, stored, textKind } from '../../support/caches.ts';

describe('a stored value', () => {
  test('is returned in every environment, with its version and time', async () => {
    const { a, b } = environments(2);
    expect(await a.put('ada', loaded('one', 1))).toBe(true);
    expect(await a.read('ada', never)).toMatchObject({ ...loaded('one', 1), from: 'l1' });
    expect(await b.read('ada', never)).toMatchObject({ ...loaded('one', 1), from: 'l2' });
    expect(await b.read('ada', never)).toMatchObject({ from: 'l1' });
  });

  test('is one call to write, one to read from Redis, none to read from memory', async () => {
    const { a, b } = environments(2);
    await a.put('ada', loaded('one', 1));
    expect(a.redis.counters.calls).toBe(1);
    await b.read('ada', never);
    expect(b.redis.counters.calls).toBe(1);
    for (let call = 0; call < 100; call += 1) await b.read('ada', never);
    expect(b.redis.counters.calls).toBe(1);
  });

  test('may be "none"', async () => {
    const { a, b } = environments(2);
    await a.put('nobody', loaded(undefined, 0));
    expect(await b.read('nobody', never)).toMatchObject({ value: undefined, version: 0, from: 'l2' });
  });

  test('keeps its type: texts that look like numbers, JSON, or nothing', async () => {
    const { a, b } = environments(2);
    for (const [index, text] of ['null', '007', '{"a":1}', '', 'Zoë 🎈', '\u0000"\\'].entries()) {
      await a.put(`id${index}`, loaded(text, 1));
      expect((await b.read(`id${index}`, never)).value).toBe(text);
    }
  });

  test('an older version never replaces a later one, in any order of writes', async () => {
    const { kind, a, b } = environments(2);
    await a.put('ada', loaded('two', 2));
    expect(await b.put('ada', loaded('one', 1))).toBe(false);
    expect((await stored(kind.keyOf('ada'))).fields.v).toBe('2');
    // Nor does the late writer keep its own.
    expect((await b.read('ada', never)).value).toBe('two');
    expect(await b.put('ada', loaded('two again', 2))).toBe(true);
  });

  test('versions are compared as numbers', async () => {
    const { a } = environments(1);
    await a.put('ada', loaded('nine', 9));
    expect(await a.put('ada', loaded('ten', 10))).toBe(true);
    expect(await a.put('ada', loaded('nine', 9))).toBe(false);
  });

  test('stays in memory for a second and in Redis for its TTL', async () => {
    const { kind, a, b, clock } = environments(2);
    await a.put('ada', loaded('one', 1));
    const { ttlMs } = await stored(kind.keyOf('ada'));
    expect(ttlMs).toBeGreaterThan(59_000);
    expect(ttlMs).toBeLessThanOrEqual(60_000);
    await b.put('ada', loaded('two', 2));
    clock.advanceMs(999);
    expect((await a.read('ada', never)).value).toBe('one');
    clock.advanceMs(1);
    expect(await a.read('ada', never)).toMatchObject({ value: 'two', from: 'l2' });
  });

  test('is ignored beyond its TTL even if Redis keeps it', async () => {
    const { kind, a, b, clock } = environments(2);
    await a.put('ada', loaded('one', 1));
    await a.redis.ask((commands) => commands.persist(kind.keyOf('ada')));
    clock.advanceMs(60_000);
    expect(await b.read('ada', async () => loaded('two', 2))).toMatchObject({ value: 'two', from: 'store' });
  });

  test('keeps memory bounded: the 5,001st evicts the first to Redis', async () => {
    const kind = textKind();
    const cache = new VersionedCache(cacheDeps({ redis: noRedis }), kind);
    for (let id = 0; id <= 5_000; id += 1) await cache.put(String(id), loaded('x', 1));
    expect((await cache.read('5000', never)).from).toBe('l1');
    expect((await cache.read('0', async () => loaded('y', 1))).from).toBe('store');
  });
});

describe('a dropped value', () => {
  test('is gone in every environment, and a load that began before cannot restore it', async () => {
    const { a, b, kind } = environments(2);
    await a.put('ada', loaded('one', 1));
    await a.drop('ada', 2);
    // What `b` had read before.
    expect(await b.put('ada', loaded('one', 1))).toBe(false);
    expect((await stored(kind.keyOf('ada'))).fields).toEqual(expect.not.objectContaining({ x: 'one' }));
    expect(await b.read('ada', async () => loaded('two', 2))).toMatchObject({ value: 'two', from: 'store' });
    expect((await a.read('ada', never)).value).toBe('two');
  });

  test('keeps a later version', async () => {
    const { a, b } = environments(2);
    await a.put('ada', loaded('three', 3));
    await b.drop('ada', 2);
    expect((await b.read('ada', never)).value).toBe('three');
  });

  test('leaves nothing for longer than the TTL', async () => {
    const { a, kind } = environments(1);
    await a.drop('ada', 2);
    expect((await stored(kind.keyOf('ada'))).ttlMs).toBeGreaterThan(0);
  });
});

describe('a figure', () => {
  const figured = (count: number, version: number) => ({
    ...loaded('days', version),
    figure: { about: '2033-05-05', count },
  });
  const change = (count: number, firstVersion: number, version = firstVersion, about = '2033-05-05') => ({
    about,
    count,
    firstVersion,
    version,
  });

  test('is incremented by every environment, each version once', async () => {
    const { a, b, clock } = environments(2);
    await a.put('ada', figured(10, 1));
    expect(await b.increment('ada', change(5, 2))).toBe(true);
    // Delivered again.
    expect(await b.increment('ada', change(5, 2))).toBe(false);
    expect(await a.increment('ada', change(7, 3, 4))).toBe(true);
    clock.advanceMs(1_000);
    expect(await a.read('ada', never)).toMatchObject({ version: 4, figure: { count: 22 } });
  });

  test('never creates a key, nor prolongs one', async () => {
    const { a, kind } = environments(1);
    expect(await a.increment('ada', change(5, 1))).toBe(false);
    expect((await stored(kind.keyOf('ada'))).exists).toBe(false);
    await a.put('ada', figured(0, 1));
    await a.redis.ask((commands) => commands.pexpire(kind.keyOf('ada'), 5_000));
    await a.increment('ada', change(5, 2));
    expect((await stored(kind.keyOf('ada'))).ttlMs).toBeLessThanOrEqual(5_000);
    await a.drop('ada', 3);
    expect(await a.increment('ada', change(5, 4))).toBe(false);
  });

  test('a hundred concurrent ones add up', async () => {
    const { caches, a, clock } = environments(10);
    await a.put('ada', figured(0, 1));
    // Each changes an account of its own version line in order, as a stream's shard does.
    for (let version = 2; version <= 101; version += 1) {
      await caches[version % 10]?.increment('ada', change(1, version));
    }
    clock.advanceMs(1_000);
    expect((await a.read('ada', never)).figure?.count).toBe(100);
  });

  test.each([
    ['of another day', change(5, 2, 2, '2033-05-06')],
    ['known in part', change(5, 1, 2)],
  ])('a change %s drops it, since its new value is unknown', async (_, change) => {
    const { a, b, clock } = environments(2);
    await a.put('ada', figured(10, 1));
    expect(await a.increment('ada', change)).toBe(false);
    clock.advanceMs(1_000);
    const found = await b.read('ada', async () => figured(15, 2));
    expect(found).toMatchObject({ from: 'store', figure: { count: 15 } });
  });
});

describe('keys', () => {
  test('have the TTLs of docs/caching.md', () => {
    const minute = 60_000;
    expect(
      [
        [QUOTA_CACHE, 'u1'],
        [USAGE_CACHE, usageCacheId('u1', 'aiRequest')],
        [PLAN_CACHE, 'pro'],
      ].map(([kind, id]) => {
        const { keyOf, ttlMs } = kind as typeof PLAN_CACHE; // whatever they hold
        return [keyOf(String(id)), ttlMs];
      }),
    ).toEqual([
      ['user:quota:u1', 5 * minute],
      ['user:usage:u1:aiRequest', minute],
      ['subscription:plan:pro', 60 * minute],
    ]);
  });

  test('one user or plan never answers for another, whatever is in their ids', async () => {
    const ids = [
      'a',
      'a:b',
      'a:b:c',
      ':a',
      'a:',
      'lease:a',
      'user:quota:a',
      '{a}',
      'a b',
      'a\n',
      'A',
      'ä',
      '*',
    ];
    const { a, b } = environments(2);
    for (const id of ids) await a.put(id, loaded(`of ${id}`, 1));
    for (const id of ids) expect((await b.read(id, never)).value).toBe(`of ${id}`);
    const usageKeys = ids.flatMap((user) => ['x', 'y'].map((f) => USAGE_CACHE.keyOf(usageCacheId(user, f))));
    const others = ids.flatMap((id) => [
      QUOTA_CACHE.keyOf(id),
      PLAN_CACHE.keyOf(id),
      `lease:${QUOTA_CACHE.keyOf(id)}`,
      statsKey(id, 0),
    ]);
    const all = [...usageKeys, ...others];
    expect(new Set(all).size).toBe(all.length);
  });
});
