import { randomUUID } from 'node:crypto';
import { openStripeAccount, type StripeAccount } from 'stripe-simulator/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { OperationName } from '../../../shared/contract.ts';
import { type ApiAnswer, call } from '../../support/api.ts';
import { putGoldPlan } from '../../support/gold-plan.ts';
import { createSeededApi, type SeededApi } from '../../support/seeded-api.ts';

let api: SeededApi;
let account: StripeAccount;
let userId: string;

const pages = { successUrl: 'https://app.example.com/paid', cancelUrl: 'https://app.example.com/plans' };
const post = (operation: OperationName, body: object, headers: Record<string, string> = {}) =>
  call(operation, { key: api.serviceKey, body: { userId, ...body }, headers });
const checkout = (more: object = {}, headers: Record<string, string> = {}) =>
  post('createCheckoutSession', { planId: 'gold', ...pages, ...more }, headers);
const portal = (more: object = {}) =>
  post('createPortalSession', { returnUrl: 'https://app.example.com/billing', ...more });
const prices = () => ({ monthly: account.monthly.id, yearly: account.yearly.id });
const code = ({ status, body }: ApiAnswer) => `${status} ${body.code}`;

beforeAll(async () => {
  api = await createSeededApi();
  account = await openStripeAccount();
  await putGoldPlan(api, prices());
});
afterAll(async () => {
  await account.stop();
  await api.stop();
});
beforeEach(() => {
  userId = `user-${randomUUID()}`;
});

test('without Stripe the answer states so, without Retry-After', async () => {
  const answer = await checkout();
  expect(code(answer)).toBe('503 billing_not_configured');
  expect(answer.headers).not.toHaveProperty('Retry-After');
  expect(code(await portal())).toBe('503 billing_not_configured');
  const { simulator } = account;
  api.setStripe({ secretKey: simulator.secretKey, webhookSecrets: '', apiBase: simulator.url });
  vi.resetModules();
});

describe('a checkout session', () => {
  test('names the user on all its objects at Stripe', async () => {
    await putGoldPlan(api, prices(), { trialDays: 14 });
    const { status, body } = await checkout({ price: 'yearly', trial: true });
    await putGoldPlan(api, prices(), { trialDays: null });
    expect(status).toBe(201);
    expect(body.url).toContain(account.simulator.url);
    const session = await account.stripe.checkout.sessions.retrieve(body.sessionId);
    expect(session).toMatchObject({
      client_reference_id: null,
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

  test('creates the customer once, also when calls race', async () => {
    const before = account.simulator.customers().length;
    const answers = await Promise.all(Array.from({ length: 5 }, () => checkout()));
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201, 201, 201]);
    expect((await checkout()).status).toBe(201);
    expect(account.simulator.customers()).toHaveLength(before + 1);
  });

  test('creates another customer if the first was deleted', async () => {
    await checkout();
    const first = account.simulator.customers().at(-1);
    await account.stripe.customers.del(first?.id ?? '');
    expect((await checkout()).status).toBe(201);
    expect(account.simulator.customers().at(-1)).toMatchObject({ metadata: { userId } });
    expect(account.simulator.customers().at(-1)?.id).not.toBe(first?.id);
  });

  test('requires an existing plan and price', async () => {
    expect(code(await checkout({ planId: 'platinum' }))).toBe('404 unknown_plan');
    expect(code(await checkout({ price: 'weekly' }))).toBe('404 unknown_price');
    expect(code(await checkout({ price: 'constructor' }))).toBe('404 unknown_price');
    expect(code(await checkout({ planId: 'free' }))).toBe('404 unknown_price');
  });

  test('has a trial once per user, as long as the plan defines; the request cannot choose its length', async () => {
    const refused = await checkout({ trialDays: 730 });
    expect(refused).toMatchObject({
      status: 400,
      body: { code: 'invalid_request', errors: [{ path: 'trialDays' }] },
    });
    expect(code(await checkout({ trial: true }))).toBe('409 no_trial');
    expect(await checkout({ trial: 'yes' })).toMatchObject({
      status: 400,
      body: { errors: [{ path: 'trial' }] },
    });
    await putGoldPlan(api, prices(), { trialDays: 14 });
    const { body } = await checkout();
    account.simulator.control.payCheckout(body.sessionId);
    const [subscription] = account.simulator.subscriptions().slice(-1);
    expect(subscription).toMatchObject({ status: 'trialing' });
    await account.stripe.subscriptions.cancel(subscription?.id ?? '');
    expect(code(await checkout({ trial: true }))).toBe('409 trial_used');
    expect((await checkout()).status).toBe(201);
    await putGoldPlan(api, prices(), { trialDays: null });
  });

  test('requires the scope billing; a key bound to a user opens that user’s pages alone', async () => {
    const made = async (body: object) =>
      (await call('createApiKey', { key: api.adminKey, body: { name: 'n', ...body } })).body.key as string; // of a 201
    const open = async (key: string, user = userId) => {
      const checkoutBody = { userId: user, planId: 'gold', ...pages };
      const portalBody = { userId: user, returnUrl: pages.cancelUrl };
      const answers = [
        await call('createCheckoutSession', { key, body: checkoutBody }),
        await call('createPortalSession', { key, body: portalBody }),
      ];
      return answers.map(code);
    };
    const lacking = await made({ scopes: ['quota', 'read', 'admin'] });
    expect(await open(lacking)).toEqual(['403 insufficient_scope', '403 insufficient_scope']);
    const bound = await made({ scopes: ['billing'], userId });
    expect(await open(bound)).toEqual(['201 undefined', '201 undefined']);
    expect(await open(bound, `${userId}-other`)).toEqual(['403 wrong_user', '403 wrong_user']);
  });

  test('is refused to a subscriber; the portal opens', async () => {
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

  test.each([500, 429, 'reset'] as const)(
    'is 503 with Retry-After while Stripe accepts no calls: %s',
    async (answered) => {
      account.simulator.control.failNext({ response: answered, times: 4, retryAfterSeconds: 7 });
      const answer = await checkout();
      account.simulator.control.clearFailures();
      expect(code(answer)).toBe('503 unavailable');
      expect(answer.headers['Retry-After']).toBe(answered === 'reset' ? '1' : '7');
    },
  );

  describe('with an Idempotency-Key', () => {
    const key = () => ({ 'idempotency-key': `checkout-${userId}` });

    test('is the same one when requested again, also concurrently', async () => {
      const answers = await Promise.all([checkout({}, key()), checkout({}, key())]);
      // While Stripe still handles the first, the second gets a Retry-After.
      for (const { status } of answers) expect([201, 503]).toContain(status);
      const again = await checkout({}, key());
      expect(again.status).toBe(201);
      for (const { status, body } of answers) if (status === 201) expect(body).toEqual(again.body);
      expect((await checkout()).body.sessionId).not.toBe(again.body.sessionId);
    });

    test('is refused for another request under the same key, and nothing is created', async () => {
      const first = await checkout({}, key());
      for (const other of [{ price: 'yearly' }, { cancelUrl: pages.successUrl }]) {
        expect(code(await checkout(other, key()))).toBe('422 key_reused');
      }
      expect((await checkout({}, key())).body).toEqual(first.body);
    });

    test('is another one for another user with the same key', async () => {
      const shared = { 'idempotency-key': 'the-same-for-everybody' };
      const first = await checkout({}, shared);
      userId = `user-${randomUUID()}`;
      const second = await checkout({}, shared);
      expect([first.status, second.status]).toEqual([201, 201]);
      expect(second.body.sessionId).not.toBe(first.body.sessionId);
    });

    test('an invalid one is bad input', async () => {
      const answer = await checkout({}, { 'idempotency-key': 'ü' });
      expect(answer).toMatchObject({ status: 400, body: { errors: [{ path: 'Idempotency-Key' }] } });
    });
  });

  describe('that Stripe rejects', () => {
    test('for its price names the price: it is archived, or never existed', async () => {
      const { monthly, stripe } = account;
      await stripe.prices.update(monthly.id, { active: false });
      const archived = await checkout();
      await stripe.prices.update(monthly.id, { active: true });
      expect(code(archived)).toBe('409 price_unusable');
      expect(archived.body.detail).toContain(monthly.id);

      const allowances = [{ feature: 'aiRequest', limit: 1_000, interval: 'month' }];
      const body = { name: 'Ghost', allowances, prices: { monthly: 'price_of_another_account' } };
      await call('putPlan', { key: api.adminKey, path: { planId: 'ghost' }, body });
      const missing = await checkout({ planId: 'ghost' });
      expect(code(missing)).toBe('409 price_unusable');
      expect(missing.body.detail).toContain('price_of_another_account');
      expect((await checkout()).status).toBe(201);
    });

    test('for the key of this deployment is 502: no caller can fix it', async () => {
      account.simulator.control.failNext({ response: 403, times: 1_000 });
      const answers = [await checkout(), await portal()];
      account.simulator.control.clearFailures();
      expect(answers.map(code)).toContain('502 stripe_refused');
      for (const answer of answers) {
        expect(answer.headers).not.toHaveProperty('Retry-After');
        expect(JSON.stringify(answer)).not.toContain('sk_test');
      }
    });
  });
});

test('the portal is a new page each time, whatever key is sent: an earlier one soon expires', async () => {
  const { body } = await checkout();
  account.simulator.control.payCheckout(body.sessionId);
  const open = () =>
    post('createPortalSession', { returnUrl: pages.cancelUrl }, { 'idempotency-key': 'the-same-key' });
  const [first, second] = [await open(), await open()];
  expect([first.status, second.status]).toEqual([201, 201]);
  expect(second.body.sessionId).not.toBe(first.body.sessionId);
});

test('a user who never opened a checkout has no portal', async () => {
  expect(code(await portal())).toBe('409 no_customer');
});

test('a user without a subscription has none, no history and no payments', async () => {
  const get = async (operation: OperationName, query: Record<string, string> = {}) =>
    (await call(operation, { key: api.serviceKey, path: { userId }, query })).body;
  expect(await get('getUserSubscription')).toEqual({
    userId,
    subscription: null,
    version: 0,
    asOf: expect.any(String),
    cached: false,
  });
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
