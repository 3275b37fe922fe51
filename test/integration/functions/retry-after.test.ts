import { expect, test } from 'vitest';
import type { OperationName } from '../../../shared/contract.ts';
import { call } from '../../support/api.ts';
import { useUserApi } from '../../support/user-api.ts';

const context = useUserApi();

/** Puts the user on a plan with these allowances. */
async function onPlan(...allowances: readonly (readonly [string, string, number | null])[]): Promise<void> {
  const planId = `plan-${context.userId.slice(-12)}`;
  await call('putPlan', {
    key: context.api.adminKey,
    path: { planId },
    body: {
      name: 'Retry',
      allowances: allowances.map(([feature, interval, limit]) => ({ feature, interval, limit })),
    },
  });
  const { adminKey } = context.api;
  const { status } = await call('setUserPlan', {
    key: adminKey,
    path: { userId: context.userId },
    body: { planId },
  });
  expect(status).toBe(200);
}

const use = (amount: number, type = 'tokens') => ({ type, amount });
const retryAfter = ({ headers }: { readonly headers: Readonly<Record<string, string>> }) =>
  headers['Retry-After'];

test.each([
  ['consumeQuota', use(1)],
  ['createReservation', use(1)],
  ['batchConsumeQuota', { items: [use(1)] }],
] satisfies [OperationName, object][])(
  '%s, denied until the month ends, is retried in an hour at most',
  async (name, body) => {
    await onPlan(['tokens', 'month', 5], ['tokens', 'day', 5]);
    await context.send('consumeQuota', use(5));
    const denied = await context.send(name, body);
    const [balance] = [denied.body.balance ?? denied.body.items[0].balance];
    const waitSeconds = Math.ceil((Date.parse(balance.resetsAt) - Date.now()) / 1_000);
    expect(denied).toMatchObject({ status: 429, body: { code: 'exceeded' } });
    expect(balance.resetsAt).toMatch(/-01T00:00:00.000Z$/);
    expect(denied.body.detail).toContain(`(month); the next period starts at ${balance.resetsAt}`);
    expect(Math.abs(Number(retryAfter(denied)) - Math.min(waitSeconds, 3_600))).toBeLessThanOrEqual(2);
    // The true instants.
    expect(denied.headers.RateLimit).toMatch(/"tokens-month";r=0;t=\d+/);
  },
);

test.each([
  ['more than a period has', [['tokens', 'month', 5]], 6],
  [
    'more than one of two periods has',
    [
      ['tokens', 'day', 2],
      ['tokens', 'month', 50],
    ],
    3,
  ],
  ['a limit of 0', [['tokens', 'day', 0]], 1],
  ['a full gauge', [['tokens', 'never', 5]], 6],
] as const)('%s: waiting does not help, and no call has a Retry-After', async (_, allowances, amount) => {
  await onPlan(...allowances);
  for (const name of ['consumeQuota', 'createReservation'] as const) {
    const denied = await context.send(name, use(amount));
    expect({ status: denied.status, retry: retryAfter(denied) }).toEqual({ status: 429, retry: undefined });
    expect(denied.body.detail).toContain('waiting does not help');
  }
  const batch = await context.send('batchConsumeQuota', { items: [use(amount)] });
  expect({ status: batch.status, retry: retryAfter(batch) }).toEqual({ status: 429, retry: undefined });
});

test('a full gauge asks for a release, unless a reservation will expire', async () => {
  await onPlan(['tokens', 'never', 5]);
  await context.send('consumeQuota', use(2));
  await context.send('createReservation', { ...use(3), ttlSeconds: 40 });
  const soon = await context.send('consumeQuota', use(1));
  expect(soon.body.detail).toMatch(/: 0 of 5 remain; it will fit at 20/);
  expect(Number(retryAfter(soon))).toBeGreaterThan(30);
  expect(Number(retryAfter(soon))).toBeLessThanOrEqual(40);
  const full = await context.send('consumeQuota', use(4));
  expect(retryAfter(full)).toBeUndefined();
  expect(full.body.detail).toContain('0 of 5 remain; release units that are no longer needed');
});

test('a cached denial has the header of the original, until this environment changes the account', async () => {
  await onPlan(['tokens', 'month', 5]);
  await context.send('consumeQuota', use(5));
  const denied = await context.send('consumeQuota', use(1));
  const remembered = await context.send('consumeQuota', use(1));
  expect(remembered.body.asOf).toBe(denied.body.asOf);
  expect(retryAfter(remembered)).toBe(retryAfter(denied));
  // Another amount is decided separately.
  expect(retryAfter(await context.send('consumeQuota', use(6)))).toBeUndefined();
  await context.admin('grantQuota', { ...use(3), reason: 'test' });
  expect((await context.send('consumeQuota', use(3))).status).toBe(200);
});

test.each([
  ['checkQuota', { consistent: true }],
  ['checkAndConsumeQuota', {}],
] as const)('%s shows the balance of the counter that denies longest', async (name, freshness) => {
  await onPlan(['tokens', 'day', 5], ['tokens', 'month', 6]);
  await context.send('consumeQuota', use(5));
  // The day has less left, the month lasts longer.
  const { status, body } = await context.send(name, { ...use(2), ...freshness });
  expect(status).toBe(200);
  expect(body).toMatchObject({ allowed: false, code: 'exceeded', balance: { limit: 6, remaining: 1 } });
});
