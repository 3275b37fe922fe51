import type Stripe from 'stripe';
import type { Call, Route } from '../calls/call.ts';
import { invalidRequest, noSuchReference } from '../calls/errors.ts';
import { listPage } from '../calls/list-page.ts';
import { pathObject, retrieving } from '../calls/path-object.ts';
import type { CardBehaviour } from '../world/pending-work.ts';
import { recordChange, recordEvent } from '../world/record-event.ts';
import type { StoredCustomer, StoredPaymentMethod } from '../world/stored-objects.ts';
import type { World } from '../world/world.ts';

/** Stripe's test cards, by names that are accepted as payment methods. */
const TEST_CARDS: ReadonlyMap<string, CardBehaviour> = new Map([
  ['pm_card_visa', 'works'],
  ['pm_card_mastercard', 'works'],
  // Can be attached; declines every charge.
  ['pm_card_chargeCustomerFail', 'declines'],
]);

const KIND = 'PaymentMethod';

/** Returns the behaviour of a card before it is attached. @throws ApiError 400 if it does not exist */
export function usableCard(world: World, id: string, param: string): CardBehaviour {
  const behaviour = TEST_CARDS.get(id) ?? world.cards.get(id);
  if (behaviour === undefined) throw noSuchReference(KIND, id, param);
  return behaviour;
}

/** Creates a customer's card without an event. */
export function attachCard(
  world: World,
  customer: StoredCustomer,
  behaviour: CardBehaviour,
): StoredPaymentMethod {
  const now = world.main.now();
  const declines = behaviour === 'declines';
  const card = {
    id: world.ids.long('paymentMethod', now),
    object: 'payment_method',
    allow_redisplay: 'unspecified',
    billing_details: {
      address: { city: null, country: null, line1: null, line2: null, postal_code: null, state: null },
      email: customer.email,
      name: customer.name ?? null,
      phone: null,
      tax_id: null,
    },
    card: {
      brand: 'visa',
      checks: { address_line1_check: null, address_postal_code_check: null, cvc_check: 'pass' },
      country: 'US',
      display_brand: 'visa',
      exp_month: 12,
      exp_year: new Date(now * 1_000).getUTCFullYear() + 3,
      fingerprint: world.ids.characters(16),
      funding: 'credit',
      generated_from: null,
      last4: declines ? '0341' : '4242',
      networks: { available: ['visa'], preferred: null },
      regulated_status: 'unregulated',
      three_d_secure_usage: { supported: true },
      wallet: null,
    },
    created: now,
    customer: customer.id,
    customer_account: null,
    livemode: false,
    metadata: {},
    type: 'card',
  } satisfies Stripe.PaymentMethod;
  world.paymentMethods.add(card);
  world.cards.set(card.id, behaviour);
  return card;
}

export function findPaymentMethod(world: World, id: string, param: string): StoredPaymentMethod {
  const card = world.paymentMethods.get(id);
  if (!card) throw noSuchReference(KIND, id, param);
  return card;
}

/** Adds a card and makes it the customer's default for invoices. */
export function addDefaultCard(
  world: World,
  customer: StoredCustomer,
  behaviour: CardBehaviour,
): StoredPaymentMethod {
  const card = attachCard(world, customer, behaviour);
  recordEvent(world, 'payment_method.attached', card);
  recordChange(world, 'customer.updated', customer, () => {
    customer.invoice_settings.default_payment_method = card.id;
  });
  return card;
}

export function detachCard(world: World, card: StoredPaymentMethod): void {
  const customer = world.customers.get(card.customer ?? '');
  if (customer?.invoice_settings.default_payment_method === card.id) {
    recordChange(world, 'customer.updated', customer, () => {
      customer.invoice_settings.default_payment_method = null;
    });
  }
  for (const subscription of world.subscriptions.inGroup(card.customer ?? '').oldestFirst()) {
    if (subscription.default_payment_method === card.id) subscription.default_payment_method = null;
  }
  recordChange(world, 'payment_method.detached', card, () => {
    card.customer = null;
  });
}

const requested = pathObject((world) => world.paymentMethods, KIND, 'payment_method');

function attach({ world, params, id }: Call): StoredPaymentMethod {
  const customerId = params.requiredText('customer');
  params.done();
  const customer = world.customers.get(customerId);
  if (!customer) throw noSuchReference('customer', customerId, 'customer');
  const known = world.paymentMethods.get(id);
  if (known) {
    if (known.customer === customer.id) return known;
    throw invalidRequest('The payment method you provided has already been attached to a customer.');
  }
  const card = attachCard(world, customer, usableCard(world, id, 'payment_method'));
  recordEvent(world, 'payment_method.attached', card);
  return card;
}

function detach(call: Call): StoredPaymentMethod {
  call.params.done();
  const card = requested(call);
  if (card.customer === null) {
    throw invalidRequest(
      'The payment method you provided is not attached to a customer so detachment is impossible.',
    );
  }
  detachCard(call.world, card);
  return card;
}

function list(call: Call): Stripe.ApiList<StoredPaymentMethod> {
  const customer = call.params.text('customer');
  const type = call.params.text('type');
  return listPage(call, call.world.paymentMethods, {
    kind: KIND,
    url: '/v1/payment_methods',
    matches: (card) =>
      card.customer !== null &&
      (customer === undefined || card.customer === customer) &&
      (type === undefined || card.type === type),
  });
}

export const paymentMethodRoutes: readonly Route[] = [
  { method: 'GET', path: '/v1/payment_methods/:id', handle: retrieving(requested) },
  { method: 'POST', path: '/v1/payment_methods/:id/attach', handle: attach },
  { method: 'POST', path: '/v1/payment_methods/:id/detach', handle: detach },
  { method: 'GET', path: '/v1/payment_methods', handle: list },
];
