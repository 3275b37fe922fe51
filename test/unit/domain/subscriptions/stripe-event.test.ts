import { readFile } from 'node:fs/promises';
import type Stripe from 'stripe';
import { describe, expect, it } from 'vitest';
import {
  effectsOf,
  HANDLED_EVENTS,
  type StripeEvent,
} from '../../../../shared/domain/subscriptions/stripe-event.ts';

const event = (type: string, object: object): StripeEvent => ({
  id: 'evt_1',
  type,
  created: 1_000,
  data: { object },
});
const notice = (type: string, object: object) => effectsOf(event(type, object));
const nothing = {
  customerId: undefined,
  subscriptionId: undefined,
  deletedName: undefined,
  isBeginning: false,
  payment: undefined,
};

describe('the handled events', () => {
  it('are exact event names of Stripe, few enough for one list call', () => {
    // A misspelt name does not compile.
    const names: readonly Stripe.WebhookEndpointCreateParams.EnabledEvent[] = HANDLED_EVENTS;
    expect(names).not.toContain('*');
    expect(HANDLED_EVENTS.length).toBeLessThanOrEqual(20);
  });

  it('are the ones that docs/stripe.md lists for the endpoint', async () => {
    const guide = await readFile(new URL('../../../../docs/stripe.md', import.meta.url), 'utf8');
    const step = guide.split('add a webhook endpoint')[1]?.split('\n3. ')[0] ?? '';
    const named = [...step.matchAll(/`([a-z_]+(?:\.[a-z_*]+)+)`/g)].map(([, name]) => name);
    expect(named.sort()).toEqual([...HANDLED_EVENTS].sort());
  });
});

describe('an event', () => {
  it.each([
    'invoice.voided',
    'invoice.paid.later',
    'customer.created',
    'customer.subscription',
    'customer.subscription.trial_will_end',
    'customer.subscription.updated.later',
    'my.invoice.paid',
  ])('of the type %s is ignored', (type) => {
    expect(notice(type, { id: 'x', customer: 'cus_1' })).toBeUndefined();
  });

  it('of a subscription names it and its customer', () => {
    const object = { id: 'sub_1', customer: 'cus_1', metadata: { userId: 'a' } };
    for (const type of ['customer.subscription.created', 'customer.subscription.deleted']) {
      expect(notice(type, object)).toEqual({
        ...nothing,
        customerId: 'cus_1',
        subscriptionId: 'sub_1',
        isBeginning: type === 'customer.subscription.created',
      });
    }
  });

  it('of a deleted customer names the customer alone', () => {
    expect(notice('customer.deleted', { id: 'cus_1', customer: 'other' })).toEqual({
      ...nothing,
      customerId: 'cus_1',
    });
  });

  it('of a checkout names its subscription, and no user: a payer writes the reference of a payment link', () => {
    const object = { id: 'cs_1', customer: 'cus_1', subscription: 'sub_1', metadata: { userId: 'other' } };
    expect(notice('checkout.session.completed', { ...object, client_reference_id: 'a' })).toEqual({
      ...nothing,
      customerId: 'cus_1',
      subscriptionId: 'sub_1',
      isBeginning: true,
    });
  });

  it('of a deleted customer has the name that Stripe no longer returns', () => {
    expect(notice('customer.deleted', { id: 'cus_1', metadata: { userId: 'a' } })?.deletedName).toBe('a');
    expect(
      notice('customer.subscription.updated', { metadata: { userId: 'a' } })?.deletedName,
    ).toBeUndefined();
  });

  it('names an expanded object by its id', () => {
    expect(
      notice('checkout.session.completed', { customer: { id: 'cus_1' }, subscription: { id: 'sub_1' } }),
    ).toEqual({ ...nothing, customerId: 'cus_1', subscriptionId: 'sub_1', isBeginning: true });
  });

  it('of an unexpected shape names nothing, and does not fail', () => {
    for (const metadata of [null, 'text', 7, { userId: '' }, { userId: 7 }, Object.create({ userId: 'a' })]) {
      const object = { id: '', customer: '', subscription: null, metadata };
      expect(notice('checkout.session.completed', object)).toEqual({ ...nothing, isBeginning: true });
      expect(notice('customer.deleted', object)).toEqual(nothing);
    }
  });
});

describe('a payment', () => {
  const invoice = {
    id: 'in_1',
    customer: 'cus_1',
    parent: { subscription_details: { subscription: 'sub_1' } },
    amount_paid: 900,
    amount_due: 1_000,
    currency: 'eur',
    attempt_count: 2,
    hosted_invoice_url: 'https://invoice.example/1',
  };
  const payment = {
    id: 'evt_1',
    at: 1_000_000,
    invoiceId: 'in_1',
    subscriptionId: 'sub_1',
    currency: 'eur',
    attempts: 2,
    invoiceUrl: 'https://invoice.example/1',
  };

  it('that succeeded is published with the amount paid', () => {
    expect(notice('invoice.paid', invoice)).toEqual({
      ...nothing,
      customerId: 'cus_1',
      subscriptionId: 'sub_1',
      payment: { ...payment, outcome: 'paid', amount: 900 },
    });
  });

  it('that failed is published with the amount due', () => {
    expect(notice('invoice.payment_failed', invoice)?.payment).toEqual({
      ...payment,
      outcome: 'failed',
      amount: 1_000,
    });
  });

  it('of an invoice without figures is published without them', () => {
    expect(notice('invoice.paid', { amount_paid: '900' })?.payment).toEqual({
      ...payment,
      outcome: 'paid',
      invoiceId: '',
      subscriptionId: null,
      amount: 0,
      currency: '',
      attempts: 0,
      invoiceUrl: null,
    });
  });
});
