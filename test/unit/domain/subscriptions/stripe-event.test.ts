import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { isEventName } from '../../../../infra/stripe-simulator/src/event-names.ts';
import {
  HANDLED_EVENTS,
  noticeOf,
  type StripeEvent,
} from '../../../../shared/domain/subscriptions/stripe-event.ts';

const event = (type: string, object: object): StripeEvent => ({
  id: 'evt_1',
  type,
  created: 1_000,
  data: { object },
});
const notice = (type: string, object: object) => noticeOf(event(type, object));
const nothing = {
  customerId: undefined,
  subscriptionId: undefined,
  deletedName: undefined,
  isBeginning: false,
  payment: undefined,
};

describe('the handled events', () => {
  it('are exact names that Stripe knows, few enough for one list call', () => {
    expect(HANDLED_EVENTS.filter((name) => !isEventName(name))).toEqual([]);
    expect(HANDLED_EVENTS.length).toBeLessThanOrEqual(20);
  });

  it('are the ones that the README asks an operator to send', async () => {
    const readme = await readFile(new URL('../../../../README.md', import.meta.url), 'utf8');
    const step = readme.split('add a webhook endpoint')[1]?.split('\n3. ')[0] ?? '';
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
  ])('of the type %s says nothing here', (type) => {
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

  it('of a customer that was deleted names the customer alone', () => {
    expect(notice('customer.deleted', { id: 'cus_1', customer: 'other' })).toEqual({
      ...nothing,
      customerId: 'cus_1',
    });
  });

  it('of a checkout names the subscription it made, and no user: a payer writes the reference of a payment link', () => {
    const object = { id: 'cs_1', customer: 'cus_1', subscription: 'sub_1', metadata: { userId: 'other' } };
    expect(notice('checkout.session.completed', { ...object, client_reference_id: 'a' })).toEqual({
      ...nothing,
      customerId: 'cus_1',
      subscriptionId: 'sub_1',
      isBeginning: true,
    });
  });

  it('of a customer that was deleted has the name that Stripe does not say any more', () => {
    expect(notice('customer.deleted', { id: 'cus_1', metadata: { userId: 'a' } })?.deletedName).toBe('a');
    expect(
      notice('customer.subscription.updated', { metadata: { userId: 'a' } })?.deletedName,
    ).toBeUndefined();
  });

  it('names what was expanded by its id', () => {
    expect(
      notice('checkout.session.completed', { customer: { id: 'cus_1' }, subscription: { id: 'sub_1' } }),
    ).toEqual({ ...nothing, customerId: 'cus_1', subscriptionId: 'sub_1', isBeginning: true });
  });

  it('that has another shape than was thought names nothing, and does not fail', () => {
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
  const told = {
    id: 'evt_1',
    at: 1_000_000,
    invoiceId: 'in_1',
    subscriptionId: 'sub_1',
    currency: 'eur',
    attempts: 2,
    invoiceUrl: 'https://invoice.example/1',
  };

  it('that was made is told with what was paid', () => {
    expect(notice('invoice.paid', invoice)).toEqual({
      ...nothing,
      customerId: 'cus_1',
      subscriptionId: 'sub_1',
      payment: { ...told, outcome: 'paid', amount: 900 },
    });
  });

  it('that failed is told with what is due', () => {
    expect(notice('invoice.payment_failed', invoice)?.payment).toEqual({
      ...told,
      outcome: 'failed',
      amount: 1_000,
    });
  });

  it('of an invoice that says nothing is told without figures', () => {
    expect(notice('invoice.paid', { amount_paid: '900' })?.payment).toEqual({
      ...told,
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
