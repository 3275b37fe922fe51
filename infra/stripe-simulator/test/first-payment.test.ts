import { describe, expect, it } from 'vitest';
import { DAY_MS, HOUR_MS, PAID } from './support/stripe-account.ts';
import { useStripeAccount } from './support/use-stripe-account.ts';

describe('the life of a subscription', () => {
  const account = useStripeAccount();

  describe('whose first payment fails', () => {
    it('is incomplete until it is paid', async () => {
      const { id, customer, latest_invoice } = await account().subscribe('declines');
      expect(await account().statusOf(id)).toBe('incomplete');
      expect(account().newEvents()).toContain('invoice.payment_failed');
      await expect(account().stripe.invoices.pay(String(latest_invoice))).rejects.toMatchObject({
        code: 'card_declined',
        statusCode: 402,
      });
      account().simulator.control.setCard(String(customer), 'works');
      account().newEvents();
      await account().stripe.invoices.pay(String(latest_invoice));
      expect(await account().statusOf(id)).toBe('active');
      expect(account().newEvents()).toEqual([...PAID, 'customer.updated', 'customer.subscription.updated']);
    });

    it('expires after 23 hours, and its invoice is voided', async () => {
      const { id } = await account().subscribe('declines');
      account().newEvents();
      await account().simulator.control.advanceBy(23 * HOUR_MS);
      expect(await account().statusOf(id)).toBe('incomplete_expired');
      expect(account().newEvents()).toEqual(['invoice.voided', 'customer.subscription.updated']);
      await account().simulator.control.advanceBy(60 * DAY_MS);
      expect(account().newEvents()).toEqual([]);
    });

    it('is not created without a card', async () => {
      await expect(account().subscribe('none')).rejects.toMatchObject({
        statusCode: 400,
        code: 'resource_missing',
      });
      expect(account().newEvents()).toEqual([]);
    });
  });
});
