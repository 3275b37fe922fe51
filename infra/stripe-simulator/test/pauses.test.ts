import { describe, expect, it } from 'vitest';
import { DAY_MS, HOUR_MS, itemOf, START_MS, seconds } from './support/stripe-account.ts';
import { useStripeAccount } from './support/use-stripe-account.ts';

describe('the life of a subscription', () => {
  const account = useStripeAccount();

  it('pauses without periods or invoices until the resumption is paid', async () => {
    const { id } = await account().subscribe();
    const paused = await account().stripe.subscriptions.pause(id, {
      bill_for: { unused_time_from: { type: 'none' } },
    });
    expect(paused).toMatchObject({
      status: 'paused',
      status_details: { paused: { subscription: { type: 'pause_requested' }, type: 'subscription' } },
    });
    expect(itemOf(paused).current_period_end).toBe(seconds(START_MS));
    account().newEvents();
    await account().simulator.control.advanceBy(90 * DAY_MS);
    expect(account().newEvents()).toEqual([]);
    const waiting = await account().stripe.subscriptions.resume(id);
    expect(waiting.status).toBe('paused');
    await account().stripe.invoices.pay(String(waiting.latest_invoice));
    expect(await account().statusOf(id)).toBe('active');
  });

  it('credits the unused time of a pause at the resumption', async () => {
    const { id } = await account().subscribe();
    await account().stripe.subscriptions.pause(id);
    const resumed = await account().stripe.subscriptions.resume(id);
    expect(resumed.status).toBe('active');
    const invoice = await account().stripe.invoices.retrieve(String(resumed.latest_invoice));
    expect(invoice.lines.data.map(({ amount }) => amount)).toEqual([-1_000, 1_000]);
  });

  it('voids the unpaid invoice of a resumption after 23 hours', async () => {
    const { id } = await account().subscribe();
    await account().stripe.subscriptions.pause(id, { bill_for: { unused_time_from: { type: 'none' } } });
    const { latest_invoice } = await account().stripe.subscriptions.resume(id);
    await account().simulator.control.advanceBy(23 * HOUR_MS);
    expect(await account().statusOf(id)).toBe('paused');
    expect(await account().stripe.invoices.retrieve(String(latest_invoice))).toMatchObject({
      status: 'void',
    });
  });

  it('renews without collecting while collection is paused', async () => {
    const { id } = await account().subscribe();
    const resumesAt = seconds(Date.UTC(2026, 3, 10));
    await account().stripe.subscriptions.update(id, {
      pause_collection: { behavior: 'void', resumes_at: resumesAt },
    });
    await account().simulator.control.advanceTo(Date.UTC(2026, 4, 15));
    expect(await account().stripe.subscriptions.retrieve(id)).toMatchObject({
      status: 'active',
      pause_collection: null,
    });
    const invoices = await account().stripe.invoices.list({ subscription: id });
    expect(invoices.data.map(({ status }) => status)).toEqual(['paid', 'void', 'void', 'paid']);
  });
});
