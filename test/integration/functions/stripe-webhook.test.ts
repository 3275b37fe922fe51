import { randomUUID } from 'node:crypto';
import { openStripeAccount, type StripeAccount } from 'stripe-simulator/testing';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { jobEntry, METRICS, type OperationName } from '../../../shared/contract.ts';
import { type AnnouncedEvents, announceEvents } from '../../support/announced-events.ts';
import { call, lambdaContext, loadHandler } from '../../support/api.ts';
import { putGoldPlan } from '../../support/gold-plan.ts';
import { createSeededApi, type SeededApi } from '../../support/seeded-api.ts';

const SECRET = 'whsec_the-one-in-use';
const FORMER = 'whsec_the-one-before';
let api: SeededApi;
let account: StripeAccount;
let announced: AnnouncedEvents;
let userId: string;
/** How the body arrives: unchanged, or as a test sets it. */
let asBase64 = false;

beforeAll(async () => {
  api = await createSeededApi();
  announced = await announceEvents();
  account = await openStripeAccount({
    stoppedAtMs: Date.now(),
    webhookSecrets: [SECRET],
    webhookReceiver: async ({ body, headers }) => {
      const sent = asBase64 ? Buffer.from(body).toString('base64') : body;
      const answer = await call('receiveStripeEvent', { body: sent, headers, isBase64Encoded: asBase64 });
      return answer.status;
    },
  });
  const { simulator, monthly } = account;
  api.setStripe({
    secretKey: simulator.secretKey,
    webhookSecrets: `${FORMER},${SECRET}`,
    apiBase: simulator.url,
  });
  await putGoldPlan(api, { monthly: monthly.id });
});
afterAll(async () => {
  await account.stop();
  await announced.stop();
  await api.stop();
});
beforeEach(() => {
  userId = `user-${randomUUID()}`;
  asBase64 = false;
});

const get = async (operation: OperationName, query: Record<string, string> = {}) =>
  (await call(operation, { key: api.serviceKey, path: { userId }, query })).body;

/** Completes the checkout; the events are queued. */
async function subscribe(): Promise<void> {
  const pages = { successUrl: 'https://app.example.com/paid', cancelUrl: 'https://app.example.com/plans' };
  const { body } = await call('createCheckoutSession', {
    key: api.serviceKey,
    body: { userId, planId: 'gold', ...pages },
  });
  expect(account.simulator.control.payCheckout(body.sessionId)).toBe(true);
}

/** Delivers the queued events and returns the status codes. */
async function deliver(): Promise<number[]> {
  const outcomes = await account.simulator.control.deliver();
  return [...new Set(outcomes.map(({ status }) => status ?? 0))];
}

test.each(['as text', 'in base64'])('a paid plan is granted: the body came %s', async (form) => {
  asBase64 = form === 'in base64';
  announced.lines.splice(0);
  await subscribe();
  expect(await deliver()).toEqual([200]);
  expect(await get('getUserQuota', { consistent: 'true' })).toMatchObject({
    plan: { id: 'gold' },
    features: expect.arrayContaining([expect.objectContaining({ type: 'aiRequest' })]),
  });
  const { subscription } = await get('getUserSubscription');
  expect(subscription).toMatchObject({ planId: 'gold', status: 'ACTIVE', cancelAtPeriodEnd: false });
  const { payments } = await get('getUserPayments');
  expect(payments).toMatchObject([{ outcome: 'paid', amount: 1_000, currency: 'usd' }]);
  const events = announced.lines.filter((line) => line.includes(userId));
  expect(events).toHaveLength(1);
  expect(events[0]).toMatch(/^event {2}subscription\.changed \{/);
});

test('history and payments come in pages, the newest first', async () => {
  await subscribe();
  await deliver();
  const { subscription } = await get('getUserSubscription');
  const { subscriptionId } = subscription.stripe;
  for (const cancel_at_period_end of [true, false, true]) {
    await account.stripe.subscriptions.update(subscriptionId, { cancel_at_period_end });
    await deliver();
  }
  const versions: number[] = [];
  let cursor: string | null | undefined;
  while (cursor !== null) {
    const page = await get('getSubscriptionHistory', { limit: '3', ...(cursor && { cursor }) });
    expect(page.subscriptions.length).toBeLessThanOrEqual(3);
    versions.push(...page.subscriptions.map(({ version }: { version: number }) => version));
    cursor = page.nextCursor;
  }
  expect(versions.length).toBeGreaterThanOrEqual(4);
  expect(versions).toEqual([...versions].sort((a, b) => b - a));
  expect(new Set(versions).size).toBe(versions.length);
});

test('a thin event signed by Stripe is refused with that reason, not as a forgery', async () => {
  const body = JSON.stringify({
    id: 'evt_test_65UKm',
    object: 'v2.core.event',
    type: 'v2.core.account.updated',
    created: new Date().toISOString(),
    related_object: { id: 'acct_1', type: 'v2.core.account', url: '/v2/core/accounts/acct_1' },
  });
  const signature = account.stripe.webhooks.generateTestHeaderString({ payload: body, secret: SECRET });
  const answer = await call('receiveStripeEvent', { body, headers: { 'stripe-signature': signature } });
  expect(answer).toMatchObject({ status: 400, body: { code: 'unsupported_event' } });
  expect(answer.body.detail).toContain('snapshot');
});

test('a body without Stripe’s exact signature is rejected', async () => {
  await subscribe();
  const forge = async (body: string, headers: Record<string, string>) => {
    const answer = await call('receiveStripeEvent', { body, headers });
    expect(answer).toMatchObject({ status: 400, body: { code: 'invalid_signature' } });
    expect(answer.headers['Content-Type']).toBe('application/problem+json');
  };
  const [event] = account.simulator.events().slice(-1);
  const body = JSON.stringify(event);
  await forge(body, {});
  await forge(body, { 'stripe-signature': 't=1,v1=00' });
  const stripe = account.stripe.webhooks;
  const sign = (secret: string, timestamp = Math.floor(Date.now() / 1_000)) =>
    stripe.generateTestHeaderString({ payload: body, secret, timestamp });
  await forge(body, { 'stripe-signature': sign('whsec_another') });
  await forge(body, { 'stripe-signature': sign(SECRET, Math.floor(Date.now() / 1_000) - 302) });
  await forge(`${body} `, { 'stripe-signature': sign(SECRET) });
  expect((await get('getUserSubscription')).subscription).toBeNull();
  // Both secrets are valid during a rotation.
  for (const secret of [FORMER, SECRET]) {
    const headers = { 'stripe-signature': sign(secret) };
    expect((await call('receiveStripeEvent', { body, headers })).status).toBe(200);
  }
  await deliver();
});

test('while Stripe is unreachable the answer is 503, and the next delivery succeeds', async () => {
  await subscribe();
  account.simulator.control.failNext({ response: 500, times: 1_000, path: '/v1/subscriptions' });
  const waiting = account.simulator.control.pendingDeliveries();
  const about = waiting.filter(({ event }) => event.type === 'customer.subscription.created');
  const [failed] = await account.simulator.control.deliver(about);
  expect(failed?.status).toBe(503);
  account.simulator.control.clearFailures();
  account.simulator.control.repeatEvent(failed?.delivery.event.id ?? '');
  expect(await deliver()).toEqual([200]);
  expect((await get('getUserSubscription')).subscription).toMatchObject({ status: 'ACTIVE' });
});

test('the sync finds missed changes: of one user, or by the events since the last run', async () => {
  const run = async (event: object) => {
    const sync = await loadHandler(jobEntry('subscription-sync'));
    const context = lambdaContext(jobEntry('subscription-sync'));
    return sync({ options: event }, { ...context, getRemainingTimeInMillis: () => 900_000 });
  };
  const loseAll = () =>
    account.simulator.control.dropDeliveries(account.simulator.control.pendingDeliveries());
  await subscribe();
  loseAll();
  expect(await run({ userId })).toMatchObject({ state: 'succeeded', counts: { changed: 1, failed: 0 } });
  expect(await run({ userId: `${userId}-never` })).toMatchObject({
    state: 'nothing_done',
    outcome: 'no_subscription',
  });
  const { subscription } = await get('getUserSubscription');
  expect(subscription).toMatchObject({ status: 'ACTIVE', runningSubscriptions: 1 });
  expect(await run({ force: true })).toMatchObject({ state: 'succeeded' });
  await account.stripe.subscriptions.cancel(subscription.stripe.subscriptionId);
  loseAll();
  expect(await run({})).toMatchObject({ counts: { changed: 1 } });
  expect((await get('getUserQuota', { consistent: 'true' })).plan.id).toBe('free');
  await expect(run({ userId: '#' })).rejects.toThrow('userId');
});

test('an irrelevant event is accepted, and counted', async () => {
  await deliver();
  const before = api.log.lines.length;
  await account.stripe.products.create({ name: 'Another product' });
  expect(await deliver()).toEqual([200]);
  const lines = api.log.lines.slice(before);
  expect(lines).toContainEqual(expect.objectContaining({ type: 'product.created', outcome: 'ignored' }));
  expect(lines).toContainEqual(expect.objectContaining({ [METRICS.stripe.eventIgnored]: 1 }));
});

test('events are logged by id and type, without content or signature', () => {
  const text = JSON.stringify(api.log.lines);
  expect(text).toContain('customer.subscription.created');
  for (const secret of [SECRET, FORMER, account.simulator.secretKey, 'v1='])
    expect(text).not.toContain(secret);
});

test('without a secret every webhook is rejected, even one signed with nothing: 404, which Stripe retries', async () => {
  const { simulator, stripe } = account;
  await subscribe();
  const payload = JSON.stringify(simulator.events().at(-1));
  const timestamp = Math.floor(Date.now() / 1_000);
  const { secretKey } = simulator;
  const configured = [
    { secretKey, webhookSecrets: '' },
    { secretKey, webhookSecrets: ' , ' },
    { secretKey, webhookSecrets: [] },
    // A new deployment.
    { secretKey: '', webhookSecrets: SECRET },
  ];
  for (const keys of configured) {
    api.setStripe({ ...keys, apiBase: simulator.url });
    vi.resetModules();
    for (const secret of [' ', SECRET]) {
      const headers = {
        'stripe-signature': stripe.webhooks.generateTestHeaderString({ payload, secret, timestamp }),
      };
      expect(await call('receiveStripeEvent', { body: payload, headers })).toMatchObject({
        status: 404,
        body: { code: 'webhook_not_configured' },
      });
    }
  }
  expect((await get('getUserSubscription')).subscription).toBeNull();
});
