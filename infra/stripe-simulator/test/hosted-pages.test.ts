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

const post = (url: string, fields: Record<string, string>) =>
  fetch(url, { method: 'POST', body: new URLSearchParams(fields), redirect: 'manual' });

describe('checkout', () => {
  let account: StripeAccount;
  beforeEach(async () => {
    account = await openStripeAccount();
  });
  afterEach(() => account.stop());

  const open = (more: Stripe.Checkout.SessionCreateParams = {}) =>
    account.stripe.checkout.sessions.create({
      mode: 'subscription',
      line_items: [{ price: account.monthly.id, quantity: 1 }],
      success_url: 'https://app.example/done?session={CHECKOUT_SESSION_ID}',
      cancel_url: 'https://app.example/plans',
      ...more,
    });

  it('opens a session and creates nothing else', async () => {
    const session = await open({ client_reference_id: 'u1', metadata: { user: 'u1' } });
    expect(session).toMatchObject({
      object: 'checkout.session',
      mode: 'subscription',
      status: 'open',
      payment_status: 'unpaid',
      subscription: null,
      customer: null,
      amount_total: 1_000,
      currency: 'usd',
      client_reference_id: 'u1',
      expires_at: seconds(START_MS + DAY_MS),
    });
    expect(session.id).toMatch(/^cs_test_a1\w{56}$/);
    expect(account.newEvents()).toEqual([]);
    const expanded = await account.stripe.checkout.sessions.retrieve(session.id, { expand: ['line_items'] });
    expect(expanded.line_items?.data[0]).toMatchObject({
      object: 'item',
      quantity: 1,
      price: { id: account.monthly.id },
    });
  });

  it('is paid on its page, creates the subscription, and redirects the customer', async () => {
    const session = await open({
      metadata: { order: 'o1' },
      subscription_data: { metadata: { user: 'u1' } },
    });
    const page = await (await fetch(String(session.url))).text();
    expect(page).toContain('>Pay</button>');
    expect(page).toContain('>Decline</button>');
    const answer = await post(String(session.url), { card: 'works' });
    expect(answer.status).toBe(303);
    expect(answer.headers.get('location')).toBe(`https://app.example/done?session=${session.id}`);

    const paid = await account.stripe.checkout.sessions.retrieve(session.id, {
      expand: ['subscription', 'customer', 'line_items'],
    });
    expect(paid).toMatchObject({
      status: 'complete',
      payment_status: 'paid',
      url: null,
      customer: { object: 'customer' },
      subscription: {
        status: 'active',
        metadata: { user: 'u1' },
        default_payment_method: expect.stringMatching(/^pm_/),
      },
      line_items: { data: [{ object: 'item' }] },
    });
    expect(account.newEvents()).toEqual([
      'customer.created',
      'payment_method.attached',
      'customer.updated',
      'customer.subscription.created',
      'invoice.created',
      'invoice.finalized',
      'invoice.updated',
      'invoice.paid',
      'invoice.payment_succeeded',
      'invoice_payment.paid',
      'checkout.session.completed',
    ]);
    const [event] = (await account.stripe.events.list({ limit: 1 })).data;
    expect(event).toMatchObject({
      request: { id: null, idempotency_key: null },
      data: { object: { metadata: { order: 'o1' } } },
    });
  });

  it('stays open when the card declines, and can still be paid', async () => {
    const { id: customer } = await account.customer('none');
    const session = await open({ customer });
    const page = await (await post(String(session.url), { card: 'declines' })).text();
    expect(page).toContain('Your card was declined.');
    expect(account.newEvents()).toEqual([]);
    expect(account.simulator.control.payCheckout(session.id)).toBe(true);
    expect(account.simulator.control.payCheckout(session.id)).toBe(false);
    expect(await account.stripe.checkout.sessions.list({ customer })).toMatchObject({
      data: [{ id: session.id }],
    });
    expect(account.simulator.subscriptions()).toHaveLength(1);
  });

  it('starts a trial, counted from the payment', async () => {
    const session = await open({ subscription_data: { trial_period_days: 14 } });
    expect(session.amount_total).toBe(0);
    await account.simulator.control.advanceBy(3_600_000);
    account.simulator.control.payCheckout(session.id);
    const paid = await account.stripe.checkout.sessions.retrieve(session.id, { expand: ['subscription'] });
    expect(paid).toMatchObject({
      payment_status: 'no_payment_required',
      subscription: { status: 'trialing', trial_end: seconds(START_MS + 14 * DAY_MS + 3_600_000) },
    });
  });

  it('expires after a day or by a call, and cannot be paid then', async () => {
    const early = await open();
    await account.stripe.checkout.sessions.expire(early.id);
    await expect(account.stripe.checkout.sessions.expire(early.id)).rejects.toThrow(
      'Only Checkout Sessions with a status',
    );
    const late = await open();
    await account.simulator.control.advanceBy(DAY_MS);
    expect(await account.stripe.checkout.sessions.retrieve(late.id)).toMatchObject({
      status: 'expired',
      url: null,
    });
    expect(account.simulator.control.payCheckout(late.id)).toBe(false);
    expect(account.newEvents()).toEqual(['checkout.session.expired', 'checkout.session.expired']);
  });

  it('rejects parameters that are not simulated', async () => {
    await expect(open({ mode: 'payment' })).rejects.toMatchObject({ param: 'mode' });
    await expect(open({ line_items: [] })).rejects.toMatchObject({ param: 'line_items' });
    await expect(open({ success_url: 'nowhere' })).rejects.toMatchObject({
      param: 'success_url',
      code: 'url_invalid',
    });
    await expect(open({ customer: 'cus_none' })).rejects.toMatchObject({ param: 'customer' });
  });
});

describe('the billing portal', () => {
  let account: StripeAccount;
  let subscription: Stripe.Subscription;
  let url: string;
  beforeEach(async () => {
    account = await openStripeAccount();
    const { id: customer } = await account.customer();
    subscription = await account.stripe.subscriptions.create({
      customer,
      items: [{ price: account.monthly.id }],
    });
    const session = await account.stripe.billingPortal.sessions.create({
      customer,
      return_url: 'https://app.example/',
    });
    expect(session).toMatchObject({
      object: 'billing_portal.session',
      customer,
      livemode: false,
      flow: null,
    });
    url = session.url;
    account.newEvents();
  });
  afterEach(() => account.stop());

  const act = (action: string, more: Record<string, string> = {}) =>
    post(url, { subscription: subscription.id, action, ...more });
  const now = () => account.stripe.subscriptions.retrieve(subscription.id);

  it('shows the customer’s actions', async () => {
    const page = await (await fetch(url)).text();
    for (const label of ['Cancel at period end', 'Cancel now', 'Change price'])
      expect(page).toContain(`>${label}<`);
    await act('cancel_at_period_end');
    expect(await (await fetch(url)).text()).toContain('>Resume<');
  });

  it('cancels at period end by the time alone, as flexible billing does, and resumes', async () => {
    expect((await act('cancel_at_period_end')).status).toBe(303);
    expect(await now()).toMatchObject({
      cancel_at_period_end: false,
      cancel_at: itemOf(subscription).current_period_end,
      canceled_at: seconds(START_MS),
    });
    await act('resume');
    expect(await now()).toMatchObject({ cancel_at: null, canceled_at: null });
    await act('cancel_at_period_end');
    await account.simulator.control.advanceTo(Date.UTC(2026, 2, 5));
    expect((await now()).status).toBe('canceled');
    expect(account.newEvents()).toEqual([
      'customer.subscription.updated',
      'customer.subscription.updated',
      'customer.subscription.updated',
      'customer.subscription.deleted',
    ]);
  });

  it('sets both in classic billing', async () => {
    const classic = await account.stripe.subscriptions.create({
      customer: String(subscription.customer),
      items: [{ price: account.monthly.id }],
      billing_mode: { type: 'classic' },
    });
    await post(url, { subscription: classic.id, action: 'cancel_at_period_end' });
    expect(await account.stripe.subscriptions.retrieve(classic.id)).toMatchObject({
      billing_mode: { type: 'classic', flexible: null },
      cancel_at_period_end: true,
      cancel_at: itemOf(classic).current_period_end,
    });
  });

  it('cancels now, and invoices a change of price at once', async () => {
    await act('change_price', { price: account.dearer.id });
    const changed = await now();
    expect(itemOf(changed).price.id).toBe(account.dearer.id);
    expect(await account.stripe.invoices.retrieve(String(changed.latest_invoice))).toMatchObject({
      amount_paid: 2_000,
    });
    await act('cancel_now');
    expect((await now()).status).toBe('canceled');
  });

  it('rejects actions on another customer’s subscription', async () => {
    const other = await account.subscribe();
    await post(url, { subscription: other.id, action: 'cancel_now' });
    expect((await account.stripe.subscriptions.retrieve(other.id)).status).toBe('active');
  });
});
