import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  DAY_MS,
  HOUR_MS,
  itemOf,
  openStripeAccount,
  PAID,
  START_MS,
  type StripeAccount,
  seconds,
} from './support/stripe-account.ts';

describe('the life of a subscription', () => {
  let account: StripeAccount;
  beforeEach(async () => {
    account = await openStripeAccount();
  });
  afterEach(() => account.stop());

  it('starts active and paid, with its events in order', async () => {
    const subscription = await account.subscribe();
    expect(subscription).toMatchObject({ status: 'active', cancel_at_period_end: false, test_clock: null });
    expect(account.newEvents()).toEqual([
      'customer.updated',
      'customer.subscription.created',
      'invoice.created',
      'invoice.finalized',
      ...PAID,
    ]);
    const invoice = await account.stripe.invoices.retrieve(String(subscription.latest_invoice));
    expect(invoice).toMatchObject({
      status: 'paid',
      billing_reason: 'subscription_create',
      amount_paid: 1_000,
      parent: { subscription_details: { subscription: subscription.id } },
    });
    expect(invoice.number).toMatch(/^[A-Z0-9]{8}-0001$/);
  });

  it('renews by its anchor: 31 January, 28 February, 31 March', async () => {
    const { id } = await account.subscribe();
    const ends: string[] = [];
    for (const month of [2, 3, 4]) {
      const item = itemOf(await account.stripe.subscriptions.retrieve(id));
      ends.push(new Date(item.current_period_end * 1_000).toISOString().slice(0, 10));
      await account.simulator.control.advanceTo(Date.UTC(2026, month, 1));
    }
    expect(ends).toEqual(['2026-02-28', '2026-03-31', '2026-04-30']);
    const invoices = await account.stripe.invoices.list({ subscription: id });
    expect(invoices.data.map((invoice) => [invoice.billing_reason, invoice.status])).toEqual([
      ['subscription_cycle', 'paid'],
      ['subscription_cycle', 'paid'],
      ['subscription_cycle', 'paid'],
      ['subscription_create', 'paid'],
    ]);
  });

  it('leaves the invoice of a renewal a draft for an hour', async () => {
    const { id } = await account.subscribe();
    account.newEvents();
    await account.simulator.control.advanceTo(Date.UTC(2026, 1, 28, 12));
    const subscription = await account.stripe.subscriptions.retrieve(id, { expand: ['latest_invoice'] });
    expect(subscription.latest_invoice).toMatchObject({ status: 'draft', number: null, attempted: false });
    expect(account.newEvents()).toEqual(['customer.subscription.updated', 'invoice.created']);
    await account.simulator.control.advanceBy(HOUR_MS);
    expect(account.newEvents()).toEqual(['invoice.finalized', ...PAID]);
  });

  it('goes from trial to active to past due to paid, is canceled at period end, resumed, canceled', async () => {
    const { stripe, simulator } = account;
    const { id, customer } = await account.subscribe('works', { trial_period_days: 14 });
    expect(await account.statusOf(id)).toBe('trialing');
    account.newEvents();

    await simulator.control.advanceTo(START_MS + 11 * DAY_MS);
    expect(account.newEvents()).toEqual(['customer.subscription.trial_will_end']);
    await simulator.control.advanceTo(START_MS + 14 * DAY_MS + HOUR_MS);
    expect(await account.statusOf(id)).toBe('active');
    expect(account.newEvents()).toEqual([
      'customer.subscription.updated',
      'invoice.created',
      'invoice.finalized',
      ...PAID,
    ]);

    simulator.control.setCard(String(customer), 'declines');
    await simulator.control.advanceTo(Date.UTC(2026, 2, 15));
    expect(await account.statusOf(id)).toBe('past_due');
    expect(account.newEvents()).toEqual([
      'customer.subscription.updated',
      'invoice.created',
      'invoice.finalized',
      'invoice.updated',
      'invoice.payment_failed',
      'customer.updated',
      'customer.subscription.updated',
    ]);
    const [failed] = (await stripe.invoices.list({ subscription: id, status: 'open' })).data;
    expect(failed).toMatchObject({ attempt_count: 1, attempted: true });
    expect(failed?.next_payment_attempt).toBe((failed?.status_transitions.finalized_at ?? 0) + 3 * 86_400);

    simulator.control.setCard(String(customer), 'works');
    await simulator.control.advanceBy(3 * DAY_MS);
    expect(await account.statusOf(id)).toBe('active');
    expect(account.newEvents()).toEqual([...PAID, 'customer.updated', 'customer.subscription.updated']);

    const ending = await stripe.subscriptions.update(id, { cancel_at_period_end: true });
    expect(ending).toMatchObject({
      status: 'active',
      cancel_at_period_end: true,
      cancel_at: itemOf(ending).current_period_end,
      canceled_at: seconds(simulator.control.nowMs()),
      cancellation_details: { reason: 'cancellation_requested' },
    });
    const resumed = await stripe.subscriptions.update(id, { cancel_at_period_end: false });
    expect(resumed).toMatchObject({ cancel_at_period_end: false, cancel_at: null, canceled_at: null });

    const canceled = await stripe.subscriptions.cancel(id);
    expect(canceled).toMatchObject({ status: 'canceled', ended_at: seconds(simulator.control.nowMs()) });
    expect(account.newEvents()).toEqual([
      'customer.subscription.updated',
      'customer.subscription.updated',
      'customer.subscription.deleted',
    ]);
  });

  it('ends at the end of the period with `cancel_at_period_end`, and records the reason', async () => {
    const { id } = await account.subscribe();
    const { cancel_at } = await account.stripe.subscriptions.update(id, { cancel_at_period_end: true });
    account.newEvents();
    await account.simulator.control.advanceTo(Date.UTC(2026, 3, 1));
    expect(await account.stripe.subscriptions.retrieve(id)).toMatchObject({
      status: 'canceled',
      ended_at: cancel_at,
      canceled_at: seconds(START_MS),
      cancellation_details: { reason: 'cancellation_requested' },
    });
    expect(account.newEvents()).toEqual(['customer.subscription.deleted']);
  });

  it('ends at a given time', async () => {
    const at = seconds(START_MS + 5 * DAY_MS);
    const { id } = await account.subscribe('works', { cancel_at: at });
    await account.simulator.control.advanceBy(6 * DAY_MS);
    expect(await account.stripe.subscriptions.retrieve(id)).toMatchObject({
      status: 'canceled',
      ended_at: at,
    });
  });

  it.each([
    ['cancel', 'canceled'],
    ['unpaid', 'unpaid'],
    ['past_due', 'past_due'],
  ] as const)('after the last retry it is what the account is set to: %s', async (whenUnpaid, status) => {
    await account.stop();
    account = await openStripeAccount({ whenUnpaid });
    const { id, customer } = await account.subscribe();
    account.simulator.control.setCard(String(customer), 'declines');
    await account.simulator.control.advanceTo(Date.UTC(2026, 2, 20));
    expect(await account.statusOf(id)).toBe(status);
    const failures = account.newEvents().filter((type) => type === 'invoice.payment_failed');
    expect(failures).toHaveLength(4);
  });

  it('is unpaid until its latest invoice is paid', async () => {
    await account.stop();
    account = await openStripeAccount({ whenUnpaid: 'unpaid' });
    const { id, customer } = await account.subscribe();
    account.simulator.control.setCard(String(customer), 'declines');
    await account.simulator.control.advanceTo(Date.UTC(2026, 3, 5));
    const { latest_invoice } = await account.stripe.subscriptions.retrieve(id);
    expect(await account.stripe.invoices.retrieve(String(latest_invoice))).toMatchObject({
      status: 'draft',
      auto_advance: false,
    });
    account.simulator.control.setCard(String(customer), 'works');
    await account.stripe.invoices.pay(String(latest_invoice));
    expect(await account.statusOf(id)).toBe('active');
  });

  it('ends with its customer', async () => {
    const { id, customer } = await account.subscribe();
    account.newEvents();
    expect(await account.stripe.customers.del(String(customer))).toEqual({
      id: customer,
      object: 'customer',
      deleted: true,
    });
    expect(await account.statusOf(id)).toBe('canceled');
    expect(await account.stripe.customers.retrieve(String(customer))).toMatchObject({ deleted: true });
    expect(account.newEvents()).toEqual(['customer.subscription.deleted', 'customer.deleted']);
  });
});
