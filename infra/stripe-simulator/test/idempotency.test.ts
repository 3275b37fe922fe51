import { describe, expect, it } from 'vitest';
import { useStripeAccount } from './support/use-stripe-account.ts';

describe('the API', () => {
  const account = useStripeAccount();

  describe('with an idempotency key', () => {
    it('runs once, and repeats its response', async () => {
      const first = await account().stripe.customers.create({ email: 'a@b.c' }, { idempotencyKey: 'k1' });
      account().newEvents();
      const again = await account().stripe.customers.create({ email: 'a@b.c' }, { idempotencyKey: 'k1' });
      expect(again.id).toBe(first.id);
      expect(again.lastResponse.headers).toMatchObject({
        'idempotent-replayed': 'true',
        'original-request': first.lastResponse.requestId,
      });
      expect(account().newEvents()).toEqual([]);
    });

    it('rejects other parameters, and another endpoint', async () => {
      await account().stripe.customers.create({ email: 'a@b.c' }, { idempotencyKey: 'k1' });
      await expect(
        account().stripe.customers.create({ email: 'x@y.z' }, { idempotencyKey: 'k1' }),
      ).rejects.toMatchObject({
        type: 'StripeIdempotencyError',
        statusCode: 400,
        message:
          "Keys for idempotent requests can only be used with the same parameters they were first used with. Try using a key other than 'k1' if you meant to execute a different request.",
      });
      await expect(account().stripe.products.create({ name: 'a' }, { idempotencyKey: 'k1' })).rejects.toThrow(
        "Keys for idempotent requests can only be used for the same endpoint they were first used for ('/v1/customers' vs '/v1/products').",
      );
    });

    it('saves a declined charge, and not a rejected call', async () => {
      const subscription = await account().subscribe('declines');
      const pay = () =>
        account().stripe.invoices.pay(String(subscription.latest_invoice), {}, { idempotencyKey: 'k2' });
      await expect(pay()).rejects.toMatchObject({ statusCode: 402 });
      account().simulator.control.setCard(String(subscription.customer), 'works');
      await expect(pay()).rejects.toMatchObject({ statusCode: 402 });
      await expect(
        account().stripe.products.create({ name: '' }, { idempotencyKey: 'k3' }),
      ).rejects.toThrow();
      expect(
        await account().stripe.products.create({ name: 'right' }, { idempotencyKey: 'k3' }),
      ).toMatchObject({
        name: 'right',
      });
    });

    it('rejects a second call while the first runs', async () => {
      account().simulator.control.failNext({ delayMs: 200, method: 'POST' });
      const first = account().stripe.customers.create({ email: 'a@b.c' }, { idempotencyKey: 'k4' });
      await new Promise((resolve) => setTimeout(resolve, 50));
      await expect(
        account().stripe.customers.create({ email: 'a@b.c' }, { idempotencyKey: 'k4' }),
      ).rejects.toMatchObject({
        statusCode: 409,
        code: 'idempotency_key_in_use',
      });
      await first;
    });

    it('expires after a day', async () => {
      const first = await account().stripe.customers.create({}, { idempotencyKey: 'k5' });
      await account().simulator.control.advanceBy(24 * 3_600_000);
      expect((await account().stripe.customers.create({}, { idempotencyKey: 'k5' })).id).not.toBe(first.id);
    });
  });
});
