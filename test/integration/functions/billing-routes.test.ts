import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { OperationName } from '../../../shared/contract.ts';
import { type ApiAnswer, call } from '../../support/api.ts';
import { createSeededApi, type SeededApi } from '../../support/seeded-api.ts';
import { openStripeAccount, type StripeAccount } from '../../support/stripe-account.ts';

let api: SeededApi;
let account: StripeAccount;
let userId: string;

const pages = { successUrl: 'https://app.example.com/paid', cancelUrl: 'https://app.example.com/plans' };
const post = (operation: OperationName, body: object) =>
  call(operation, { key: api.serviceKey, body: { userId, ...body } });
const checkout = (more: object = {}) => post('createCheckoutSession', { planId: 'gold', ...pages, ...more });
const portal = (more: object = {}) =>
  post('createPortalSession', { returnUrl: 'https://app.example.com/billing', ...more });
const code = ({ status, body }: ApiAnswer) => `${status} ${body.code}`;

beforeAll(async () => {
  api = await createSeededApi();
  account = await openStripeAccount();
  const { monthly, yearly } = account;
  const allowances = [{ feature: 'aiRequest', limit: 1_000, interval: 'month' }];
  const prices = { monthly: monthly.id, yearly: yearly.id };
  const body = { name: 'Gold', allowances, prices };
  expect((await call('putPlan', { key: api.adminKey, path: { planId: 'gold' }, body })).status).toBe(201);
});
afterAll(async () => {
  await account.stop();
  await api.stop();
});
beforeEach(() => {
  userId = `user-${randomUUID()}`;
});

test('without Stripe the answer says so, and waiting is not asked for', async () => {
  const answer = await checkout();
  expect(code(answer)).toBe('503 billing_not_configured');
  expect(answer.headers).not.toHaveProperty('Retry-After');
  expect(code(await portal())).toBe('503 billing_not_configured');
  const { simulator } = account;
  api.setStripe({ secretKey: simulator.secretKey, webhookSecrets: '', apiBase: simulator.url });
  vi.resetModules();
});

describe('a checkout session', () => {
  test('names the user on everything that Stripe keeps of it', async () => {
    const { status, body } = await checkout({ price: 'yearly', trialDays: 14 });
    expect(status).toBe(201);
    expect(body.url).toContain(account.simulator.url);
    const session = await account.stripe.checkout.sessions.retrieve(body.sessionId);
    expect(session).toMatchObject({
      client_reference_id: userId,
      metadata: { userId },
      success_url: pages.successUrl,
      cancel_url: pages.cancelUrl,
    });
    expect(account.simulator.control.payCheckout(body.sessionId)).toBe(true);
    const [subscription] = account.simulator.subscriptions().slice(-1);
    expect(subscription).toMatchObject({
      customer: session.customer,
      metadata: { userId },
      status: 'trialing',
      items: { data: [{ price: { id: account.yearly.id } }] },
    });
    expect(account.simulator.customers().at(-1)).toMatchObject({
      id: session.customer,
      metadata: { userId },
    });
  });

  test('makes the customer once, also when calls race', async () => {
    const before = account.simulator.customers().length;
    const answers = await Promise.all(Array.from({ length: 5 }, () => checkout()));
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201, 201, 201]);
    expect((await checkout()).status).toBe(201);
    expect(account.simulator.customers()).toHaveLength(before + 1);
  });

  test('makes another customer where the first was deleted', async () => {
    await checkout();
    const first = account.simulator.customers().at(-1);
    await account.stripe.customers.del(first?.id ?? '');
    expect((await checkout()).status).toBe(201);
    expect(account.simulator.customers().at(-1)).toMatchObject({ metadata: { userId } });
    expect(account.simulator.customers().at(-1)?.id).not.toBe(first?.id);
  });

  test('is for a plan and a price that there are', async () => {
    expect(code(await checkout({ planId: 'platinum' }))).toBe('404 unknown_plan');
    expect(code(await checkout({ price: 'weekly' }))).toBe('404 unknown_price');
    expect(code(await checkout({ price: 'constructor' }))).toBe('404 unknown_price');
    expect(code(await checkout({ planId: 'free' }))).toBe('404 unknown_price');
  });

  test('is not for who has a subscription; the portal is', async () => {
    const { body } = await checkout();
    account.simulator.control.payCheckout(body.sessionId);
    expect(code(await checkout())).toBe('409 already_subscribed');
    expect(await portal()).toMatchObject({ status: 201, body: { url: expect.stringMatching(/^http/) } });
  });

  test.each([
    'https://evil.example.com/paid',
    'https://app.example.com.evil.com/',
    'http://app.example.com/',
    'https://app.example.com:8443/',
    'https://app.example.com@evil.com/',
    'https://user@app.example.com/',
    'javascript:alert(1)//https://app.example.com',
    '//app.example.com/paid',
    '/paid',
  ])('does not send a customer to %s', async (url) => {
    const calls = account.simulator.control.calls().length;
    for (const field of ['successUrl', 'cancelUrl']) {
      const answer = await checkout({ [field]: url });
      expect(answer).toMatchObject({
        status: 400,
        body: { code: 'invalid_request', errors: [{ path: field }] },
      });
    }
    expect(code(await portal({ returnUrl: url }))).toBe('400 invalid_request');
    expect(account.simulator.control.calls()).toHaveLength(calls);
  });

  test('is 503 with Retry-After while Stripe does not take calls', async () => {
    account.simulator.control.failNext({ answer: 500, times: 4 });
    const answer = await checkout();
    account.simulator.control.clearFaults();
    expect(code(answer)).toBe('503 unavailable');
    expect(Number(answer.headers['Retry-After'])).toBeGreaterThan(0);
  });
});

test('who never came to a checkout has no portal', async () => {
  expect(code(await portal())).toBe('409 no_customer');
});

test('a user without a subscription has none, no history and no payments', async () => {
  const get = async (operation: OperationName, query: Record<string, string> = {}) =>
    (await call(operation, { key: api.serviceKey, path: { userId }, query })).body;
  expect(await get('getUserSubscription')).toEqual({ userId, subscription: null });
  expect(await get('getSubscriptionHistory')).toEqual({ userId, subscriptions: [], nextCursor: null });
  expect(await get('getUserPayments', { limit: '5' })).toEqual({ userId, payments: [], nextCursor: null });
  for (const query of [
    { limit: '0' },
    { limit: '101' },
    { limit: 'x' },
    { cursor: 'QUNDT1VOVCA' },
    { cursor: '' },
  ])
    expect(await get('getUserPayments', query)).toMatchObject({ code: 'invalid_request' });
});

test('no key of Stripe reached the log', () => {
  expect(JSON.stringify(api.log.lines)).not.toContain(account.simulator.secretKey);
});
