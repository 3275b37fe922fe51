import Stripe from 'stripe';
import { describe, expect, it } from 'vitest';
import { useStripeAccount } from './support/use-stripe-account.ts';

describe('the API', () => {
  const account = useStripeAccount();

  describe('with injected failures', () => {
    it('rejects a call above the rate limit with Retry-After', async () => {
      account().simulator.control.failNext({ response: 429 });
      await expect(account().stripe.customers.list()).rejects.toMatchObject({
        type: 'StripeRateLimitError',
        statusCode: 429,
        code: 'rate_limit',
        headers: { 'retry-after': '1', 'stripe-rate-limited-reason': 'global-rate' },
      });
    });

    it("lets the SDK's retries succeed, and creates nothing twice", async () => {
      const patient = new Stripe(account().simulator.secretKey, {
        host: '127.0.0.1',
        port: account().simulator.port,
        protocol: 'http',
        maxNetworkRetries: 2,
      });
      const { control } = account().simulator;
      control.failNext({ response: 503, method: 'POST' });
      control.failNext({ response: 429, shouldRetry: true, method: 'POST' });
      await patient.customers.create({ email: 'one@b.c' });
      control.failNext({ response: 'reset', applied: true, method: 'POST' });
      await patient.customers.create({ email: 'two@b.c' });
      control.failNext({ response: 500, applied: true, method: 'POST' });
      await patient.customers.create({ email: 'three@b.c' });
      expect(
        account()
          .simulator.customers()
          .map(({ email }) => email),
      ).toEqual(['one@b.c', 'two@b.c', 'three@b.c']);
      expect(
        control
          .calls()
          .filter(({ method }) => method === 'POST')
          .slice(-4)
          .map(({ status }) => status),
      ).toEqual([undefined, 200, 500, 200]);
    }, 20_000);

    it('delays a response beyond a timeout', async () => {
      account().simulator.control.failNext({ delayMs: 300, path: '/v1/subscriptions' });
      await expect(account().stripe.subscriptions.list({}, { timeout: 50 })).rejects.toMatchObject({
        type: 'StripeConnectionError',
      });
    });

    it('fails between pages', async () => {
      account().simulator.control.seedSubscriptions({ count: 30, price: account().monthly.id });
      account().simulator.control.failNext({ response: 500, path: '/v1/subscriptions', after: 1 });
      const walk = account().stripe.subscriptions.list({ limit: 10 }).autoPagingToArray({ limit: 100 });
      await expect(walk).rejects.toMatchObject({ type: 'StripeAPIError', statusCode: 500 });
    });
  });
});
