import { describe, test } from 'vitest';
import { expectRefused, send } from '../../support/refused-input.ts';

describe('a plan', () => {
  const put = (allowances: unknown, more: object = {}, headers: Record<string, string> = {}) =>
    send('putPlan', { path: { planId: 'p' }, body: { name: 'P', allowances, ...more }, headers });
  const allow = (feature: string, interval: string, limit: number | null = 1) => ({
    feature,
    interval,
    limit,
  });

  test('must not contradict itself', async () => {
    expectRefused(await put([]), 'allowances');
    expectRefused(await put([allow('a', 'day'), allow('a', 'day', 2)]), 'allowances[1].interval');
    expectRefused(await put([allow('a', 'never'), allow('a', 'day')]), 'allowances[1].interval');
    expectRefused(await put([allow('a', 'day'), allow('a', 'never')]), 'allowances[1].interval');
    const five = ['5h', 'day', 'week', 'month', 'billing_cycle'].map((interval) => allow('a', interval));
    expectRefused(await put(five), 'allowances[4].interval');
    expectRefused(
      await put(Array.from({ length: 21 }, (_, index) => allow(`f${index}`, 'day'))),
      'allowances',
    );
  });

  test('needs a limit, null for unlimited, and a known interval', async () => {
    expectRefused(await put([{ feature: 'a', interval: 'day' }]), 'allowances[0].limit');
    expectRefused(await put([allow('a', 'year')]), 'allowances[0].interval');
    expectRefused(await put([{ ...allow('a', 'day'), enforced: 'no' }]), 'allowances[0].enforced');
    expectRefused(await put([allow('a', 'day')], { name: '' }), 'name');
    expectRefused(await put([allow('a', 'day')], { price: 1 }), 'price');
  });

  test('has valid Stripe price ids', async () => {
    const allowances = [allow('a', 'day')];
    expectRefused(await put(allowances, { prices: { monthly: 'pro' } }), 'prices.monthly');
    expectRefused(await put(allowances, { prices: { monthly: 'price_a#b' } }), 'prices.monthly');
    expectRefused(await put(allowances, { prices: { Monthly: 'price_1' } }), 'prices.Monthly');
    expectRefused(await put(allowances, { prices: [] }), 'prices');
    const many = Array.from({ length: 21 }, (_, index) => [`p${index}`, 'price_1']);
    expectRefused(await put(allowances, { prices: Object.fromEntries(many) }), 'prices');
  });

  test('has a warning threshold of whole percents, below the critical one', async () => {
    const near = (warning: unknown, critical: unknown) =>
      put([allow('a', 'day')], { thresholds: { warning, critical } });
    for (const wrong of [9, 100, 80.5, '80', -1, null, 1e300])
      expectRefused(await near(wrong, 95), 'thresholds.warning');
    for (const wrong of [80, 79, 100, 120]) expectRefused(await near(80, wrong), 'thresholds.critical');
    expectRefused(await put([allow('a', 'day')], { thresholds: [80, 95] }), 'thresholds');
    expectRefused(await put([allow('a', 'day')], { thresholds: { warning: 80 } }), 'thresholds.critical');
    const more = { warning: 80, critical: 95, exhausted: 100 };
    expectRefused(await put([allow('a', 'day')], { thresholds: more }), 'thresholds.exhausted');
  });

  test.each(['0', '-1', '1.5', '01', 'latest', '1e3', '9'.repeat(13)])(
    'has no version %j',
    async (version) => {
      const path = { planId: 'p', version };
      expectRefused(await send('getPlanVersion', { path }), 'version');
      expectRefused(await send('restorePlanVersion', { path }), 'version');
      const cursor = Buffer.from(version).toString('base64url');
      expectRefused(await send('listPlanVersions', { path: { planId: 'p' }, query: { cursor } }), 'cursor');
    },
  );

  test.each([
    '3',
    "'3'",
    '"3',
    '3"',
    '"3" "4"',
    '"3",',
    '',
    '*, "3"',
    'W/3',
    '"a"b"',
    `${'"3",'.repeat(20)}"3"`,
  ])('is not edited under the If-Match %j', async (tags) => {
    const headers = { 'if-match': tags };
    expectRefused(await put([allow('a', 'day')], {}, headers), 'If-Match');
    const path = { planId: 'p', version: '1' };
    expectRefused(await send('restorePlanVersion', { path, headers }), 'If-Match');
  });

  test.each(['"3"', 'W/"3"', '', '**', '"*"', '*, "3"'])(
    'is not created under the If-None-Match %j',
    async (tags) => {
      expectRefused(await put([allow('a', 'day')], {}, { 'if-none-match': tags }), 'If-None-Match');
    },
  );

  test('is not edited under If-Match and If-None-Match at once', async () => {
    const headers = { 'if-match': '"3"', 'if-none-match': '*' };
    expectRefused(await put([allow('a', 'day')], {}, headers), 'If-None-Match');
  });

  test('has a trial of 1 to 730 whole days', async () => {
    for (const trialDays of [0, -1, 731, 1.5, '14', [], 1e300, true])
      expectRefused(await put([allow('a', 'day')], { trialDays }), 'trialDays');
  });

  test.each(['', 'Pro', '-pro', 'p#1', 'x'.repeat(41)])('cannot be called %j', async (planId) => {
    expectRefused(await send('getPlan', { path: { planId } }), 'planId');
    expectRefused(await send('setUserPlan', { path: { userId: 'u' }, body: { planId } }), 'planId');
  });
});

test('a calendar has a real time zone and an anchor in the past', async () => {
  const set = (more: object) =>
    send('setUserPlan', { path: { userId: 'u' }, body: { planId: 'pro', ...more } });
  for (const timeZone of ['Mars/Olympus', '', 'Europe/Berlin\u0000', 7, 'x'.repeat(500)])
    expectRefused(await set({ timeZone }), 'timeZone');
  const future = new Date(Date.now() + 60_000).toISOString();
  for (const anchor of [future, '2026-02-30T00:00:00Z', '2026-01-01', 'yesterday', 0])
    expectRefused(await set({ anchor }), 'anchor');
});

test('days of usage are dates, in order, and at most 92', async () => {
  const ask = (query: Record<string, string>) => send('getUserUsage', { path: { userId: 'u' }, query });
  expectRefused(await ask({ from: 'yesterday', to: 'x' }), 'from');
  expectRefused(await ask({ from: '2026-02-30' }), 'from');
  expectRefused(await ask({ from: '2026-11-23', to: '2026-11-22' }), 'from');
  expectRefused(await ask({ from: '2026-08-22', to: '2026-11-22' }), 'from');
  expectRefused(await ask({ type: '__proto__' }), 'type');
  expectRefused(await ask({ from: '2026-11-01,2026-11-02' }), 'from');
});

test('an API key has a name, known scopes and an end to come', async () => {
  const make = (more: object) => send('createApiKey', { body: { name: 'n', scopes: ['read'], ...more } });
  expectRefused(await make({ scopes: [] }), 'scopes');
  expectRefused(await make({ scopes: ['root'] }), 'scopes[0]');
  expectRefused(await make({ name: 'a\u0000' }), 'name');
  expectRefused(await make({ userId: 'a b' }), 'userId');
  expectRefused(await make({ expiresAt: '2020-01-01T00:00:00Z' }), 'expiresAt');
  expectRefused(await send('revokeApiKey', { path: { keyId: 'qk_secret' } }), 'keyId');
});
