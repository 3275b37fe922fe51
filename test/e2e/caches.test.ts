import { expect, test, vi } from 'vitest';
import { startCaches } from '../../infra/local/emulators/caches.ts';
import { useLocalStack } from '../support/local-stack.ts';

const stack = useLocalStack();

async function call(path: string, key: 'serviceKey' | 'adminKey', body?: object) {
  const response = await fetch(stack().url + path, {
    headers: { authorization: `Bearer ${stack()[key]}`, 'content-type': 'application/json' },
    ...(body && { method: 'POST', body: JSON.stringify(body) }),
  });
  return { status: response.status, body: Object(await response.json()) };
}

test('the local stack has a Redis, and its functions find it through their secret', async () => {
  expect(stack().redisPort).toBeGreaterThan(0);
  const question = { userId: 'ada', type: 'aiRequest' };
  // The first calls of an environment bypass Redis while it reads the address.
  await vi.waitFor(
    async () => {
      const warmedUp = await call('/v1/admin/cache/warmup', 'adminKey', {});
      expect(warmedUp).toMatchObject({ status: 200, body: { plans: 3 } });
    },
    { timeout: 10_000 },
  );
  await vi.waitFor(
    async () => {
      await call('/v1/quota/check', 'serviceKey', question);
      const { body } = await call('/v1/users/ada/quota', 'serviceKey');
      // Another function's memory: this one can have it only from Redis.
      expect(body).toMatchObject({ cached: true, version: 0 });
    },
    { timeout: 10_000 },
  );
  expect((await call('/v1/admin/cache-stats', 'adminKey')).body).toMatchObject({ available: true });
});

test('the projector refreshes cached entries', async () => {
  const { body: consumed } = await call('/v1/quota/consume', 'serviceKey', {
    userId: 'ada',
    type: 'aiRequest',
    amount: 7,
  });
  expect(consumed).toMatchObject({ allowed: true, version: 1 });
  await vi.waitFor(
    async () => {
      const { body } = await call('/v1/quota/check', 'serviceKey', { userId: 'ada', type: 'aiRequest' });
      expect(body).toMatchObject({ balance: { used: 7 }, version: 1, cached: true });
    },
    { timeout: 10_000 },
  );
});

test('without redis-server, one line reports it and nothing fails', async () => {
  const { PATH } = process.env;
  const lines: string[] = [];
  try {
    process.env.PATH = '/nowhere';
    expect(await startCaches((line) => lines.push(line))).toBeUndefined();
  } finally {
    process.env.PATH = PATH;
  }
  expect(lines).toEqual([expect.stringMatching(/^no caches: /)]);
});
