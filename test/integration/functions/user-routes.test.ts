import { describe, expect, test } from 'vitest';
import { call } from '../../support/api.ts';
import { useUserApi } from '../../support/user-api.ts';

const user = useUserApi();
const { quota, send } = user;

describe('a user', () => {
  test('unknown to the service is on the default plan, at version 0', async () => {
    expect(await quota()).toMatchObject({
      userId: user.userId,
      plan: { id: 'free', version: 1 },
      status: 'active',
      validUntil: null,
      version: 0,
      cached: false,
      features: [{ type: 'aiRequest', balance: { remaining: 100 } }, { type: 'storage' }, { type: 'upload' }],
    });
  });

  test('has usage by day beside the counters', async () => {
    await send('consumeQuota', { type: 'aiRequest', amount: 3 });
    const ask = (query: Record<string, string>) =>
      call('getUserUsage', { key: user.api.serviceKey, path: { userId: user.userId }, query });
    const { body } = await ask({ type: 'aiRequest', from: '2026-11-01', to: '2026-11-30' });
    expect(body).toMatchObject({
      from: '2026-11-01',
      to: '2026-11-30',
      features: [{ type: 'aiRequest', counters: [{ used: 3 }] }],
    });
    const all = await ask({});
    expect(all.body.features).toHaveLength(3);
    expect((Date.parse(all.body.to) - Date.parse(all.body.from)) / 86_400_000).toBe(29);
    expect((await ask({ type: 'nothing' })).body.features).toMatchObject([
      { type: 'nothing', used: 0, days: [], counters: [] },
    ]);
  });

  test.each([
    'a.b',
    'a:b',
    'a@b.c',
    'a|b',
    'a+b',
    'a=b',
    'a~b',
    '0',
    '_x',
    '-x',
    '-',
    '__proto__',
    '-_V1StGXR8Z5jdHi6B-myT',
    'x'.repeat(128),
  ])('may be called %s', async (name) => {
    const mine = `${name.slice(0, 120)}${name.length > 120 ? name.slice(120) : ''}`;
    expect(
      (await call('consumeQuota', { key: user.api.serviceKey, body: { userId: mine, type: 'upload' } }))
        .status,
    ).toBe(200);
    expect(
      (await call('getUserQuota', { key: user.api.serviceKey, path: { userId: mine } })).body,
    ).toMatchObject({ userId: mine, version: 1 });
  });
});
