import { expect, test, vi } from 'vitest';
import { useLocalStack } from '../support/local-stack.ts';

const stack = useLocalStack();
const DAY_MS = 86_400_000;
const eventually = (check: () => Promise<void>) => vi.waitFor(check, { timeout: 60_000, interval: 200 });

async function call(method: 'GET' | 'POST', path: string, body?: object) {
  const response = await fetch(stack().url + path, {
    method,
    headers: { authorization: `Bearer ${stack().serviceKey}`, 'content-type': 'application/json' },
    ...(body && { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: Object(await response.json()) };
}

const consume = (userId: string, amount: number) =>
  call('POST', '/v1/quota/consume', { userId, type: 'aiRequest', amount });

async function moveClock(body: string) {
  const response = await fetch(`${stack().controlUrl}/clock`, { method: 'POST', body });
  return { status: response.status, body: Object(await response.json()) };
}

const aheadMs = async () => Object(await (await fetch(`${stack().controlUrl}/clock`)).json()).aheadMs;

test('a month in minutes: a quota resets, a subscription renews, and schedules fire', async () => {
  expect((await consume('ada', 100)).status).toBe(200);
  expect((await consume('ada', 1)).status).toBe(429);

  const pages = { successUrl: 'http://localhost:5173/paid', cancelUrl: 'http://localhost:5173/plans' };
  const session = await call('POST', '/v1/billing/checkout-sessions', {
    userId: 'bob',
    planId: 'pro',
    ...pages,
  });
  await fetch(session.body.url, { method: 'POST', body: '', redirect: 'manual' });
  await eventually(async () => {
    expect((await call('GET', '/v1/users/bob/quota?consistent=true')).body.plan.id).toBe('pro');
  });
  const before = (await call('GET', '/v1/users/bob/subscription')).body.subscription;

  const moved = await moveClock(JSON.stringify({ byMs: 32 * DAY_MS }));
  expect(moved).toMatchObject({ status: 200 });
  expect(Date.parse(moved.body.now) - Date.now()).toBeGreaterThan(31 * DAY_MS);
  const fired = moved.body.fired.map(({ name, outcome }: { name: string; outcome: string }) => [
    name,
    outcome,
  ]);
  expect(fired).toHaveLength(stack().scheduleNames.length);
  expect(fired.every(([, outcome]: [string, string]) => outcome === 'returned')).toBe(true);

  const after = await consume('ada', 1);
  expect(after).toMatchObject({ status: 200, body: { balance: { used: 1, remaining: 99 } } });
  expect(Date.parse(after.body.asOf) - Date.now()).toBeGreaterThan(31 * DAY_MS);
  expect(Date.parse(after.body.balance.resetsAt)).toBeGreaterThan(Date.parse(after.body.asOf));
  // The cache has the previous state until the projector has refreshed it.
  await eventually(async () => {
    const { features } = (await call('GET', '/v1/users/ada/quota')).body;
    const balance = expect.objectContaining({ used: 1 });
    expect(features).toContainEqual(expect.objectContaining({ type: 'aiRequest', balance }));
  });

  await eventually(async () => {
    const { payments } = (await call('GET', '/v1/users/bob/payments')).body;
    expect(payments.filter(({ outcome }: { outcome: string }) => outcome === 'paid')).toHaveLength(2);
    const { currentPeriodEnd, status } = (await call('GET', '/v1/users/bob/subscription')).body.subscription;
    expect(status).toBe('ACTIVE');
    expect(Date.parse(currentPeriodEnd)).toBeGreaterThan(Date.parse(before.currentPeriodEnd));
  });
});

test('an impossible move is refused, and no clock changes', async () => {
  const before = await aheadMs();
  for (const body of ['', '{', '{"byMs":"a month"}', '{"byMs":-1}', '{"to":"2001-01-01T00:00:00Z"}']) {
    expect((await moveClock(body)).status, body).toBe(400);
  }
  expect(await aheadMs()).toBe(before);
});
