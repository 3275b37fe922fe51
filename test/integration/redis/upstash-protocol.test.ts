import { Redis } from '@upstash/redis';
import { describe, expect, test } from 'vitest';
import { redisAddress, uniqueName } from '../../support/redis.ts';

/** The local server behaves as Upstash's own, as far as the official client and its documentation specify. */

const client = (options: { enableAutoPipelining?: boolean; responseEncoding?: false } = {}) =>
  new Redis({ ...redisAddress(), retry: { retries: 0 }, enableTelemetry: false, ...options });

async function request(path: string, init: RequestInit = {}, token: string | null = redisAddress().token) {
  const headers = { ...(token && { authorization: `Bearer ${token}` }), ...init.headers };
  const response = await fetch(`${redisAddress().url}${path}`, { ...init, headers });
  const text = await response.text();
  return { status: response.status, body: text === '' ? undefined : JSON.parse(text) };
}

describe.each([
  ['automatic pipelining', { enableAutoPipelining: true }],
  ['single commands', { enableAutoPipelining: false }],
  ['no base64', { enableAutoPipelining: false, responseEncoding: false as const }],
])('the official client, with %s', (_, options) => {
  test('sets and gets, with options', async () => {
    const [redis, key] = [client(options), uniqueName()];
    expect(await redis.get(key)).toBeNull();
    expect(await redis.set(key, 'first', { px: 60_000, nx: true })).toBe('OK');
    expect(await redis.set(key, 'second', { nx: true })).toBeNull();
    expect(await redis.get(key)).toBe('first');
    expect(await redis.set(key, 'third', { get: true, keepTtl: true })).toBe('first');
    expect(await redis.pttl(key)).toBeGreaterThan(50_000);
    expect(await redis.del(key, uniqueName())).toBe(1);
  });

  test('keeps JSON, text beyond ASCII, numbers and the text OK', async () => {
    const [redis, key] = [client(options), uniqueName()];
    for (const value of [{ name: 'Zoë 🎈', list: [1, null, 'x'] }, 'größer', 12.5, true, 'OK', '']) {
      await redis.set(key, value);
      expect(await redis.get(key)).toEqual(value);
    }
  });

  test('hashes are returned as objects, lists and several keys as arrays with nulls', async () => {
    const [redis, key] = [client(options), uniqueName()];
    expect(await redis.hset(key, { a: 1, b: 'two', c: { three: 3 } })).toBe(3);
    expect(await redis.hgetall(key)).toEqual({ a: 1, b: 'two', c: { three: 3 } });
    expect(await redis.hget(key, 'none')).toBeNull();
    await redis.rpush(`${key}-list`, 'x', 'OK', 'y');
    expect(await redis.lrange(`${key}-list`, 0, -1)).toEqual(['x', 'OK', 'y']);
    await redis.mset({ [`${key}-1`]: 'one', [`${key}-2`]: 'two' });
    expect(await redis.mget(`${key}-1`, uniqueName(), `${key}-2`)).toEqual(['one', null, 'two']);
  });

  test('counts, expires and runs scripts', async () => {
    const [redis, key] = [client(options), uniqueName()];
    expect(await redis.incrby(key, 41)).toBe(41);
    expect(await redis.incr(key)).toBe(42);
    expect(await redis.pexpire(key, 1)).toBe(1);
    await expect.poll(() => redis.exists(key)).toBe(0);
    const script = 'return {KEYS[1], ARGV[1], redis.call("INCR", KEYS[1]), false, {1, "nested"}}';
    expect(await redis.eval(script, [key], ['text'])).toEqual([key, 'text', 1, null, [1, 'nested']]);
    expect(await redis.createScript('return ARGV[1]').exec([], ['by its hash'])).toBe('by its hash');
  });

  test("returns Redis' own errors, and Upstash's for an unknown command", async () => {
    const [redis, key] = [client(options), uniqueName()];
    await redis.set(key, 'text');
    await expect(redis.incr(key)).rejects.toThrow('ERR value is not an integer or out of range');
    await expect(redis.lpush(key, 'x')).rejects.toThrow('WRONGTYPE');
    await expect(redis.eval('return redis.call("GET")', [], [])).rejects.toThrow('ERR');
    await expect(redis.exec(['NOSUCH', key])).rejects.toThrow("ERR Command is not available: 'NOSUCH'");
  });
});

test('a pipeline runs every command, whatever the result of the one before', async () => {
  const key = uniqueName();
  const results = await client()
    .pipeline()
    .set(key, 'text')
    .incr(key)
    .get(key)
    .exec<[string, number, string]>({ keepErrors: true });
  expect(results).toMatchObject([
    { result: 'OK' },
    { error: 'ERR value is not an integer or out of range' },
    { result: 'text' },
  ]);
});

test('no command interleaves with a transaction', async () => {
  const key = uniqueName();
  const transaction = () => client().multi().incr(key).incr(key).get(key).exec<[number, number, number]>();
  const results = await Promise.all(Array.from({ length: 25 }, transaction));
  for (const [first, second, read] of results) expect([second, read]).toEqual([first + 1, first + 1]);
});

test('a transaction with an unknown command changes nothing', async () => {
  const key = uniqueName();
  const body = JSON.stringify([['SET', key, 'x'], ['NOSUCH']]);
  const { status, body: reply } = await request('/multi-exec', { method: 'POST', body });
  expect([status, reply.error]).toEqual([
    400,
    expect.stringContaining("ERR Command is not available: 'NOSUCH'"),
  ]);
  expect(await client().get(key)).toBeNull();
});

describe('plain HTTP', () => {
  test('a command in the path, its value in the body, its options in the query', async () => {
    const key = uniqueName();
    expect((await request(`/set/${key}/a%2Fb%20c`)).body).toEqual({ result: 'OK' });
    expect((await request(`/get/${key}`)).body).toEqual({ result: 'a/b c' });
    expect((await request(`/SET/${key}?EX=100&XX`, { method: 'POST', body: '{"a": "/"}' })).body).toEqual({
      result: 'OK',
    });
    expect((await request(`/get/${key}`)).body).toEqual({ result: '{"a": "/"}' });
    expect((await request(`/ttl/${key}`)).body).toEqual({ result: 100 });
  });

  test('bytes that are no text survive in base64', async () => {
    const key = uniqueName();
    await request(`/set/${key}`, { method: 'PUT', body: new Uint8Array([0xff, 0x00, 0xfe]) });
    const { body } = await request(`/get/${key}`, { headers: { 'Upstash-Encoding': 'base64' } });
    expect(body).toEqual({ result: '/wD+' });
  });

  test('a missing or wrong token is 401, in the header or in the query', async () => {
    const refusal = { status: 401, body: { error: 'WRONGPASS invalid or missing auth token' } };
    expect(await request('/get/x', {}, null)).toEqual(refusal);
    expect(await request('/get/x', {}, 'wrong')).toEqual(refusal);
    expect(await request('/get/x?_token=wrong', {}, null)).toEqual(refusal);
    expect((await request(`/get/x?_token=${redisAddress().token}`, {}, null)).status).toBe(200);
    await expect(
      new Redis({ ...redisAddress(), token: 'wrong', retry: { retries: 0 } }).get('x'),
    ).rejects.toThrow('WRONGPASS invalid or missing auth token');
  });

  test.each([
    ['/', '{', 'ERR failed to parse command'],
    ['/', '{"a":1}', 'ERR failed to parse command'],
    ['/', '[]', 'ERR empty command'],
    ['/', '["GET", {"a":1}]', 'ERR failed to parse command'],
    ['/', '["GET"]', "ERR wrong number of arguments for 'get' command"],
    [
      '/',
      '["SUBSCRIBE", "x"]',
      'ERR Command "SUBSCRIBE" is not allowed in REST or it has a special context path',
    ],
    ['/pipeline', '["GET", "x"]', 'ERR failed to parse pipeline command'],
    ['/pipeline', '[]', 'ERR empty pipeline request'],
  ])('POST %s %s is 400', async (path, body, error) => {
    expect(await request(path, { method: 'POST', body })).toEqual({ status: 400, body: { error } });
  });

  test('another method is 405', async () => {
    expect(await request('/get/x', { method: 'DELETE' })).toEqual({ status: 405, body: undefined });
  });
});
