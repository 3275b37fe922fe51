import { expect, test, vi } from 'vitest';
import { useLocalStack } from '../support/local-stack.ts';

const stack = useLocalStack();
const USER = 'ada';
const DAY_MS = 86_400_000;

async function call(method: 'GET' | 'POST', path: string, body?: object) {
  const response = await fetch(stack().url + path, {
    method,
    headers: { authorization: `Bearer ${stack().serviceKey}`, 'content-type': 'application/json' },
    ...(body && { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: Object(await response.json()) };
}

/** An action of a customer, or of time, at Stripe. */
async function atStripe(action: string, body: object): Promise<void> {
  const url = `${stack().stripeUrl}/_simulator/${action}`;
  const response = await fetch(url, { method: 'POST', body: JSON.stringify(body) });
  expect(response.status).toBe(200);
}

const consistent = async () => (await call('GET', `/v1/users/${USER}/quota?consistent=true`)).body;
const subscription = async () => (await call('GET', `/v1/users/${USER}/subscription`)).body.subscription;
const limitOf = (account: { features: { type: string; balance: { limit: number; used: number } }[] }) =>
  account.features.find(({ type }) => type === 'aiRequest')?.balance;
const eventually = (check: () => Promise<void>) => vi.waitFor(check, { timeout: 10_000, interval: 100 });

test('from a checkout to the end of the last paid period', async () => {
  await call('POST', '/v1/quota/consume', { userId: USER, type: 'aiRequest', amount: 40 });
  expect(limitOf(await consistent())).toMatchObject({ limit: 100, used: 40 });

  const pages = { successUrl: 'http://localhost:3000/paid', cancelUrl: 'http://localhost:3000/plans' };
  const session = await call('POST', '/v1/billing/checkout-sessions', {
    userId: USER,
    planId: 'pro',
    ...pages,
  });
  expect(session.status).toBe(201);
  // As the button on the page does.
  const paid = await fetch(session.body.url, { method: 'POST', body: '', redirect: 'manual' });
  expect(paid.headers.get('location')).toBe(pages.successUrl);
  await eventually(async () => {
    expect((await consistent()).plan.id).toBe('pro');
  });
  expect(limitOf(await consistent())).toMatchObject({ limit: 5_000, used: 40 });
  // The payment's event is separate from the subscription's.
  await expect
    .poll(async () => (await call('GET', `/v1/users/${USER}/payments`)).body.payments, { timeout: 30_000 })
    .toMatchObject([{ outcome: 'paid', amount: 2_000 }]);

  const { stripe } = await subscription();
  await atStripe('portal', {
    subscription: stripe.subscriptionId,
    action: { kind: 'cancel_at_period_end' },
  });
  await eventually(async () => {
    expect(await subscription()).toMatchObject({ status: 'ACTIVE', cancelAtPeriodEnd: true });
  });
  expect(await consistent()).toMatchObject({ plan: { id: 'pro' }, validUntil: expect.any(String) });

  await atStripe('advance', { byMs: 32 * DAY_MS });
  await eventually(async () => {
    expect((await consistent()).plan.id).toBe('free');
  });
  expect(limitOf(await consistent())).toMatchObject({ limit: 100, used: 40 });
  await eventually(async () => {
    expect(await subscription()).toMatchObject({ status: 'CANCELED' });
  });
  const { body } = await call('GET', `/v1/users/${USER}/subscription/history`);
  expect(body.subscriptions.map(({ status }: { status: string }) => status).at(0)).toBe('CANCELED');
});
