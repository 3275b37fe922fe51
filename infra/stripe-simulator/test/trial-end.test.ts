import { describe, expect, it } from 'vitest';
import { DAY_MS, itemOf, PAID, START_MS, seconds } from './support/stripe-account.ts';
import { useStripeAccount } from './support/use-stripe-account.ts';

describe('the life of a subscription', () => {
  const account = useStripeAccount();

  describe('whose trial ends without a card', () => {
    const trial = (missing_payment_method: 'pause' | 'cancel' | 'create_invoice') =>
      account().subscribe('none', {
        trial_period_days: 7,
        trial_settings: { end_behavior: { missing_payment_method } },
      });

    it.each([
      ['cancel', 'canceled'],
      ['create_invoice', 'past_due'],
    ] as const)('%s: %s', async (behavior, status) => {
      const { id } = await trial(behavior);
      await account().simulator.control.advanceBy(8 * DAY_MS);
      expect(await account().statusOf(id)).toBe(status);
    });

    it('pauses, and resumes when it is paid', async () => {
      const { id, customer } = await trial('pause');
      account().newEvents();
      await account().simulator.control.advanceBy(8 * DAY_MS);
      expect(await account().stripe.subscriptions.retrieve(id)).toMatchObject({
        status: 'paused',
        status_details: { paused: { subscription: { type: 'trial_end_without_payment_method' } } },
      });
      expect(account().newEvents()).toEqual([
        'customer.subscription.trial_will_end',
        'customer.subscription.updated',
        'customer.subscription.paused',
      ]);
      account().simulator.control.setCard(String(customer), 'works');
      account().newEvents();
      await account().stripe.subscriptions.resume(id, { payment_behavior: 'resume_on_payment_success' });
      const resumed = await account().stripe.subscriptions.retrieve(id);
      expect(resumed.status).toBe('active');
      expect(itemOf(resumed).current_period_start).toBe(seconds(START_MS + 8 * DAY_MS));
      expect(account().newEvents()).toEqual([
        'customer.subscription.updated',
        'invoice.created',
        'invoice.finalized',
        ...PAID,
        'customer.subscription.updated',
        'customer.subscription.resumed',
      ]);
    });
  });
});
