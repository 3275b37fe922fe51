import type Stripe from 'stripe';
import type { Call, Route } from '../calls/call.ts';
import { noSuchReference } from '../calls/errors.ts';
import { listPage, timeRange } from '../calls/list-page.ts';
import { changedMetadata } from '../calls/metadata.ts';
import type { MetadataChange, Params } from '../calls/params.ts';
import { pathObject } from '../calls/path-object.ts';
import { searchPage } from '../calls/search.ts';
import { addCustomer } from '../customers/customers.ts';
import { attachCard, findPaymentMethod, usableCard } from '../customers/payment-methods.ts';
import { recordChange, recordEvent } from '../world/record-event.ts';
import type { StoredCustomer } from '../world/stored-objects.ts';
import { endSubscription } from './end-subscription.ts';

const requestedCustomer = pathObject((world) => world.customers, 'customer');

interface Details {
  email: string | null | undefined;
  name: string | null | undefined;
  description: string | null | undefined;
  phone: string | null | undefined;
  metadata: MetadataChange | undefined;
  balance: number | undefined;
}

const readDetails = (params: Params): Details => ({
  email: params.clearableText('email'),
  name: params.clearableText('name'),
  description: params.clearableText('description'),
  phone: params.clearableText('phone'),
  metadata: params.metadata(),
  balance: params.integer('balance'),
});

function create({ world, params }: Call): StoredCustomer {
  const details = readDetails(params);
  const card = params.text('payment_method');
  const defaultCard = params.object('invoice_settings')?.text('default_payment_method');
  params.done();
  const behaviour = card === undefined ? undefined : usableCard(world, card, 'payment_method');
  if (defaultCard !== undefined && defaultCard !== card) {
    throw noSuchReference('PaymentMethod', defaultCard, 'invoice_settings[default_payment_method]');
  }
  const customer = addCustomer(world, details);
  const attached = behaviour && attachCard(world, customer, behaviour);
  if (attached && defaultCard !== undefined) {
    customer.invoice_settings.default_payment_method = attached.id;
  }
  recordEvent(world, 'customer.created', customer);
  if (attached) recordEvent(world, 'payment_method.attached', attached);
  return customer;
}

function update(call: Call): StoredCustomer {
  const { world, params } = call;
  const customer = requestedCustomer(call);
  const { metadata, balance, ...texts } = readDetails(params);
  const settings = params.object('invoice_settings');
  const card = settings?.clearableText('default_payment_method');
  params.done();
  const param = 'invoice_settings[default_payment_method]';
  if (typeof card === 'string' && findPaymentMethod(world, card, param).customer !== customer.id) {
    throw noSuchReference('PaymentMethod', card, param);
  }
  recordChange(world, 'customer.updated', customer, () => {
    for (const [name, value] of Object.entries(texts)) {
      if (value !== undefined) Object.assign(customer, { [name]: value });
    }
    customer.metadata = changedMetadata(customer.metadata, metadata);
    customer.balance = balance ?? customer.balance;
    if (card !== undefined) customer.invoice_settings.default_payment_method = card;
  });
  return customer;
}

function retrieve(call: Call): Stripe.Customer | Stripe.DeletedCustomer {
  call.params.done();
  // Stripe returns a deleted customer with `deleted: true`.
  return call.world.deletedCustomers.has(call.id) ? deleted(call.id) : requestedCustomer(call);
}

const deleted = (id: string): Stripe.DeletedCustomer => ({ id, object: 'customer', deleted: true });

function list(call: Call): Stripe.ApiList<Stripe.Customer> {
  const { world, params } = call;
  const email = params.text('email');
  const created = timeRange(params, 'created');
  return listPage(call, world.customers, {
    kind: 'customer',
    url: '/v1/customers',
    matches: (customer) =>
      (email === undefined || customer.email === email) && created.contains(customer.created),
  });
}

/** Ends the customer's subscriptions at once. */
function remove(call: Call): Stripe.DeletedCustomer {
  const { world, params } = call;
  params.done();
  const customer = requestedCustomer(call);
  for (const subscription of [...world.subscriptions.inGroup(customer.id).oldestFirst()]) {
    endSubscription(world, subscription, 'cancellation_requested');
  }
  world.customers.remove(customer.id);
  world.deletedCustomers.add(customer.id);
  recordEvent(world, 'customer.deleted', customer);
  return deleted(customer.id);
}

export const customerRoutes: readonly Route[] = [
  { method: 'POST', path: '/v1/customers', handle: create },
  { method: 'GET', path: '/v1/customers', handle: list },
  {
    method: 'GET',
    path: '/v1/customers/search',
    handle: (call) => searchPage(call, call.world.customers, '/v1/customers/search'),
  },
  { method: 'GET', path: '/v1/customers/:id', handle: retrieve },
  { method: 'POST', path: '/v1/customers/:id', handle: update },
  { method: 'DELETE', path: '/v1/customers/:id', handle: remove },
];
