import type Stripe from 'stripe';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  DAY_MS,
  itemOf,
  openStripeAccount,
  START_MS,
  type StripeAccount,
  seconds,
} from './support/stripe-account.ts';

describe('changing a subscription', () => {
  let account: StripeAccount;
  let subscription: Stripe.Subscription;
  beforeEach(async () => {
    account = await openStripeAccount();
    subscription = await account.subscribe('works', { metadata: { user: 'u1' } });
    account.newEvents();
  });
  afterEach(() => account.stop());

  const change = (price: Stripe.Price, more: Stripe.SubscriptionUpdateParams = {}) =>
    account.stripe.subscriptions.update(subscription.id, {
      items: [{ id: itemOf(subscription).id, price: price.id }],
      ...more,
    });

  it('keeps the item and the period, and records the former values', async () => {
    const changed = await change(account.dearer);
    expect(itemOf(changed)).toMatchObject({
      id: itemOf(subscription).id,
      price: { id: account.dearer.id },
      plan: { id: account.dearer.id },
      current_period_end: itemOf(subscription).current_period_end,
    });
    expect(account.newEvents()).toEqual(['customer.subscription.updated']);
    const [event] = (await account.stripe.events.list({ type: 'customer.subscription.updated' })).data;
    expect(event?.data).toMatchObject({
      object: { id: subscription.id, items: { data: [{ price: { id: account.dearer.id } }] } },
      previous_attributes: { items: { data: [{ price: { id: account.monthly.id } }] } },
    });
  });

  it('bills prorations with the next invoice', async () => {
    const { current_period_start: from, current_period_end: until } = itemOf(subscription);
    await account.simulator.control.advanceTo(((from + until) / 2) * 1_000);
    await change(account.dearer);
    await account.simulator.control.advanceTo(until * 1_000 + DAY_MS);
    const [invoice] = (await account.stripe.invoices.list({ subscription: subscription.id })).data;
    expect(invoice?.lines.data.map(({ amount }) => amount)).toEqual([-500, 1_500, 3_000]);
    expect(invoice).toMatchObject({ amount_due: 4_000, amount_paid: 4_000, status: 'paid' });
    expect(invoice?.lines.data[0]?.parent?.subscription_item_details).toMatchObject({ proration: true });
  });

  it('invoices prorations at once with `always_invoice`', async () => {
    const { current_period_start: from, current_period_end: until } = itemOf(subscription);
    await account.simulator.control.advanceTo(((from + until) / 2) * 1_000);
    const changed = await change(account.dearer, { proration_behavior: 'always_invoice' });
    const invoice = await account.stripe.invoices.retrieve(String(changed.latest_invoice));
    expect(invoice).toMatchObject({
      billing_reason: 'subscription_update',
      amount_paid: 1_000,
      status: 'paid',
    });
    expect(account.newEvents().slice(0, 3)).toEqual([
      'customer.subscription.updated',
      'invoice.created',
      'invoice.finalized',
    ]);
  });

  it('turns a downgrade into credit, which pays the next invoice', async () => {
    await change(account.dearer, { proration_behavior: 'none' });
    await change(account.monthly, { proration_behavior: 'always_invoice' });
    const customer = await account.stripe.customers.retrieve(String(subscription.customer));
    expect(customer).toMatchObject({ balance: -2_000 });
    await account.simulator.control.advanceTo(Date.UTC(2026, 2, 2));
    const [invoice] = (await account.stripe.invoices.list({ subscription: subscription.id })).data;
    expect(invoice).toMatchObject({
      total: 1_000,
      amount_due: 0,
      starting_balance: -2_000,
      ending_balance: -1_000,
      status: 'paid',
    });
  });

  it('starts a new period when the interval changes', async () => {
    await account.simulator.control.advanceBy(10 * DAY_MS);
    const now = seconds(START_MS + 10 * DAY_MS);
    const changed = await change(account.yearly);
    expect(changed.billing_cycle_anchor).toBe(now);
    expect(itemOf(changed)).toMatchObject({ current_period_start: now });
    const invoice = await account.stripe.invoices.retrieve(String(changed.latest_invoice));
    expect(invoice.lines.data.map(({ amount }) => Math.sign(amount))).toEqual([-1, 1]);
    expect(invoice.status).toBe('paid');
  });

  it('is past due when the card declines a change that is billed at once', async () => {
    account.simulator.control.setCard(String(subscription.customer), 'declines');
    expect(await change(account.yearly)).toMatchObject({ status: 'past_due' });
  });

  it('ends a trial early, and starts one', async () => {
    const trialEnd = seconds(START_MS + 20 * DAY_MS);
    const trialing = await account.stripe.subscriptions.update(subscription.id, { trial_end: trialEnd });
    expect(trialing).toMatchObject({
      status: 'trialing',
      trial_end: trialEnd,
      billing_cycle_anchor: trialEnd,
    });
    const active = await account.stripe.subscriptions.update(subscription.id, { trial_end: 'now' });
    expect(active).toMatchObject({ status: 'active', trial_end: seconds(START_MS) });
  });

  it('merges metadata, and removes keys with empty values', async () => {
    const { metadata } = await account.stripe.subscriptions.update(subscription.id, {
      metadata: { user: '', team: 't1' },
    });
    expect(metadata).toEqual({ team: 't1' });
    const [event] = (await account.stripe.events.list({ limit: 1 })).data;
    expect(event?.data.previous_attributes).toEqual({ metadata: { team: null, user: 'u1' } });
  });

  it('records no event when nothing has changed', async () => {
    await account.stripe.subscriptions.update(subscription.id, { metadata: { user: 'u1' } });
    expect(account.newEvents()).toEqual([]);
  });

  it('accepts a default card of its own customer only', async () => {
    const other = await account.customer();
    const [card] = (await account.stripe.paymentMethods.list({ customer: other.id })).data;
    await expect(
      account.stripe.subscriptions.update(subscription.id, { default_payment_method: String(card?.id) }),
    ).rejects.toMatchObject({ param: 'default_payment_method', statusCode: 400 });
  });

  it('accepts only metadata and cancellation details after its end', async () => {
    await account.stripe.subscriptions.cancel(subscription.id, {
      cancellation_details: { comment: 'too dear', feedback: 'too_expensive' },
    });
    const updated = await account.stripe.subscriptions.update(subscription.id, {
      metadata: { why: 'price' },
    });
    expect(updated.cancellation_details).toMatchObject({ comment: 'too dear', feedback: 'too_expensive' });
    await expect(
      account.stripe.subscriptions.update(subscription.id, { cancel_at_period_end: true }),
    ).rejects.toThrow('A canceled subscription can only update its cancellation_details and metadata.');
    await expect(account.stripe.subscriptions.cancel(subscription.id)).rejects.toMatchObject({
      statusCode: 404,
      code: 'resource_missing',
    });
  });
});
