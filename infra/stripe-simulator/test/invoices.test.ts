import { describe, expect, it } from 'vitest';
import { DAY_MS, HOUR_MS, itemOf } from './support/stripe-account.ts';
import { useStripeAccount } from './support/use-stripe-account.ts';

describe('a coupon', () => {
  const account = useStripeAccount();

  it('reduces each invoice while it is valid, and once where it is valid once', async () => {
    const { stripe, simulator, subscribe } = account();
    const once = await stripe.coupons.create({ percent_off: 25, duration: 'once' });
    const { id } = await subscribe('works', { discounts: [{ coupon: once.id }] });
    await simulator.control.advanceBy(32 * DAY_MS);
    const { data } = await stripe.invoices.list({ subscription: id });
    expect(data.map(({ total, subtotal, amount_paid }) => [total, subtotal, amount_paid])).toEqual([
      [1_000, 1_000, 1_000],
      [750, 1_000, 750],
    ]);
    const [line] = data[1]?.lines.data ?? [];
    expect(line).toMatchObject({ amount: 1_000, discount_amounts: [{ amount: 250 }] });
    expect(data[1]?.total_discount_amounts).toMatchObject([{ amount: 250 }]);
  });

  it('of 100 % starts a subscription without a card', async () => {
    const { stripe, subscribe, statusOf } = account();
    const all = await stripe.coupons.create({ percent_off: 100, duration: 'forever' });
    const { id } = await subscribe('declines', { discounts: [{ coupon: all.id }] });
    expect(await statusOf(id)).toBe('active');
    const [invoice] = (await stripe.invoices.list({ subscription: id })).data;
    expect(invoice).toMatchObject({ status: 'paid', amount_due: 0, amount_paid: 0, total: 0 });
  });

  it('of an amount is distributed over the lines, and credits use the reduced price', async () => {
    const { stripe, subscribe, yearly } = account();
    const off = await stripe.coupons.create({ amount_off: 400, currency: 'usd', duration: 'forever' });
    const subscription = await subscribe('works', { discounts: [{ coupon: off.id }] });
    const items = [{ id: itemOf(subscription).id, price: yearly.id }];
    await stripe.subscriptions.update(subscription.id, { items });
    const [invoice] = (await stripe.invoices.list({ subscription: subscription.id })).data;
    expect(invoice).toMatchObject({ total: 10_000 - 400 - 600, amount_paid: 9_000 });
  });

  it('needs a percentage or an amount, and not both', async () => {
    const { stripe } = account();
    await expect(stripe.coupons.create({ duration: 'once' })).rejects.toThrow('exactly one');
    const both = { percent_off: 10, amount_off: 100, currency: 'usd' };
    await expect(stripe.coupons.create(both)).rejects.toThrow('exactly one');
    await expect(stripe.coupons.create({ percent_off: 101 })).rejects.toMatchObject({ param: 'percent_off' });
  });
});

describe('an invoice', () => {
  const account = useStripeAccount();

  it('contains its first ten lines, and lists all of them', async () => {
    const { stripe, simulator, subscribe, monthly, dearer } = account();
    const subscription = await subscribe();
    const { id } = itemOf(subscription);
    for (let change = 0; change < 7; change += 1) {
      await simulator.control.advanceBy(DAY_MS);
      const price = change % 2 === 0 ? dearer.id : monthly.id;
      await stripe.subscriptions.update(subscription.id, { items: [{ id, price }] });
    }
    await simulator.control.advanceBy(31 * DAY_MS);
    const [renewal] = (await stripe.invoices.list({ subscription: subscription.id })).data;
    expect(renewal?.lines).toMatchObject({ has_more: true, data: { length: 10 } });
    const all = await stripe.invoices
      .listLineItems(renewal?.id ?? '', { limit: 10 })
      .autoPagingToArray({ limit: 99 });
    expect(all).toHaveLength(15);
    expect(all.at(-1)?.parent?.subscription_item_details?.proration).toBe(false);
  });

  it('that was sent makes its subscription past due when its due date passes', async () => {
    const { stripe, simulator, subscribe, statusOf, newEvents } = account();
    const { id } = await subscribe('none', { collection_method: 'send_invoice', days_until_due: 5 });
    await simulator.control.advanceBy(5 * DAY_MS - HOUR_MS);
    expect(await statusOf(id)).toBe('active');
    newEvents();
    await simulator.control.advanceBy(2 * HOUR_MS);
    expect(await statusOf(id)).toBe('past_due');
    expect(newEvents()).toEqual(expect.arrayContaining(['invoice.overdue', 'customer.subscription.updated']));
    const [invoice] = (await stripe.invoices.list({ subscription: id })).data;
    await stripe.invoices.pay(invoice?.id ?? '', { paid_out_of_band: true });
    expect(await statusOf(id)).toBe('active');
  });

  it('of a change is sent, not charged, where the subscription’s invoices are sent', async () => {
    const { stripe, simulator, subscribe, dearer } = account();
    const subscription = await subscribe('works', { collection_method: 'send_invoice', days_until_due: 5 });
    await simulator.control.advanceBy(DAY_MS);
    await stripe.subscriptions.update(subscription.id, {
      items: [{ id: itemOf(subscription).id, price: dearer.id }],
      proration_behavior: 'always_invoice',
    });
    const [invoice] = (await stripe.invoices.list({ subscription: subscription.id })).data;
    expect(invoice).toMatchObject({ status: 'open', attempt_count: 0, amount_paid: 0 });
  });
});
