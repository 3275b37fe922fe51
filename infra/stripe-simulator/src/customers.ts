import type Stripe from 'stripe';
import type { Call, Route } from './call.ts';
import { endSubscription } from './end-subscription.ts';
import { noSuchObject, noSuchReference } from './errors.ts';
import { listPage, timeRange } from './list-page.ts';
import { changedMetadata } from './metadata.ts';
import type { MetadataChange, Params } from './params.ts';
import { attachCard, findPaymentMethod, usableCard } from './payment-methods.ts';
import { recordChange, recordEvent } from './record-event.ts';
import { searchPage } from './search.ts';
import type { StoredCustomer } from './stored-objects.ts';
import type { World } from './world.ts';

export interface NewCustomer {
  readonly email?: string | null | undefined;
  readonly name?: string | null | undefined;
  readonly description?: string | null | undefined;
  readonly phone?: string | null | undefined;
  readonly metadata?: MetadataChange | undefined;
  readonly balance?: number | undefined;
  readonly testClock?: string | undefined;
}

/** Makes a customer, without an event. */
export function addCustomer(world: World, wish: NewCustomer): StoredCustomer {
  const test_clock = wish.testClock ?? null;
  const now = world.timelineOf({ test_clock }).now();
  const customer = {
    id: world.ids.short('customer'),
    object: 'customer',
    address: null,
    balance: wish.balance ?? 0,
    created: now,
    currency: null,
    customer_account: null,
    default_source: null,
    delinquent: false,
    description: wish.description ?? null,
    discount: null,
    email: wish.email ?? null,
    invoice_prefix: world.ids.invoicePrefix(),
    invoice_settings: {
      custom_fields: null,
      default_payment_method: null,
      footer: null,
      rendering_options: null,
    },
    livemode: false,
    metadata: changedMetadata({}, wish.metadata),
    name: wish.name ?? null,
    next_invoice_sequence: 1,
    phone: wish.phone ?? null,
    preferred_locales: [],
    shipping: null,
    tax_exempt: 'none',
    test_clock,
  } satisfies Stripe.Customer;
  world.customers.add(customer);
  return customer;
}

export function createCustomer(world: World, wish: NewCustomer): StoredCustomer {
  const customer = addCustomer(world, wish);
  recordEvent(world, 'customer.created', customer);
  return customer;
}

/** The customer that a parameter names. @throws ApiError 400 when not there, or deleted */
export function referredCustomer(world: World, id: string, param = 'customer'): StoredCustomer {
  const customer = world.customers.get(id);
  if (!customer) throw noSuchReference('customer', id, param);
  return customer;
}

function requestedCustomer({ world, id }: Call): StoredCustomer {
  const customer = world.customers.get(id);
  if (!customer) throw noSuchObject('customer', id);
  return customer;
}

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
  const testClock = params.text('test_clock');
  params.done();
  if (testClock !== undefined && !world.testClocks.get(testClock)) {
    throw noSuchReference('testclock', testClock, 'test_clock');
  }
  const behaviour = card === undefined ? undefined : usableCard(world, card, 'payment_method');
  if (defaultCard !== undefined && defaultCard !== card) {
    throw noSuchReference('PaymentMethod', defaultCard, 'invoice_settings[default_payment_method]');
  }
  const customer = addCustomer(world, { ...details, testClock });
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
  // A deleted customer can still be looked at, and says so.
  return call.world.deletedCustomers.has(call.id) ? deleted(call.id) : requestedCustomer(call);
}

const deleted = (id: string): Stripe.DeletedCustomer => ({ id, object: 'customer', deleted: true });

function list(call: Call): Stripe.ApiList<Stripe.Customer> {
  const { world, params } = call;
  const email = params.text('email');
  const clock = params.text('test_clock');
  const created = timeRange(params, 'created');
  return listPage(call, world.customers, {
    kind: 'customer',
    url: '/v1/customers',
    matches: (customer) =>
      (email === undefined || customer.email === email) &&
      // Those of test clocks are listed only with their clock.
      customer.test_clock === (clock ?? null) &&
      created.contains(customer.created),
  });
}

/** Deleting a customer ends its subscriptions at once. */
export function deleteCustomer(world: World, customer: StoredCustomer): Stripe.DeletedCustomer {
  for (const subscription of [...world.subscriptions.inGroup(customer.id).oldestFirst()]) {
    endSubscription(world, subscription, 'cancellation_requested');
  }
  world.customers.remove(customer.id);
  world.deletedCustomers.add(customer.id);
  recordEvent(world, 'customer.deleted', customer);
  return deleted(customer.id);
}

function remove(call: Call): Stripe.DeletedCustomer {
  call.params.done();
  return deleteCustomer(call.world, requestedCustomer(call));
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
