import type Stripe from 'stripe';
import { noSuchReference } from '../calls/errors.ts';
import { changedMetadata } from '../calls/metadata.ts';
import type { MetadataChange } from '../calls/params.ts';
import { recordEvent } from '../world/record-event.ts';
import type { StoredCustomer } from '../world/stored-objects.ts';
import type { World } from '../world/world.ts';

export interface NewCustomer {
  readonly email?: string | null | undefined;
  readonly name?: string | null | undefined;
  readonly description?: string | null | undefined;
  readonly phone?: string | null | undefined;
  readonly metadata?: MetadataChange | undefined;
  readonly balance?: number | undefined;
}

/** Creates a customer without an event. */
export function addCustomer(world: World, values: NewCustomer): StoredCustomer {
  const now = world.main.now();
  const customer = {
    id: world.ids.short('customer'),
    object: 'customer',
    address: null,
    balance: values.balance ?? 0,
    created: now,
    currency: null,
    customer_account: null,
    default_source: null,
    delinquent: false,
    description: values.description ?? null,
    discount: null,
    email: values.email ?? null,
    invoice_prefix: world.ids.invoicePrefix(),
    invoice_settings: {
      custom_fields: null,
      default_payment_method: null,
      footer: null,
      rendering_options: null,
    },
    livemode: false,
    metadata: changedMetadata({}, values.metadata),
    name: values.name ?? null,
    next_invoice_sequence: 1,
    phone: values.phone ?? null,
    preferred_locales: [],
    shipping: null,
    tax_exempt: 'none',
    test_clock: null,
  } satisfies Stripe.Customer;
  world.customers.add(customer);
  return customer;
}

export function createCustomer(world: World, values: NewCustomer): StoredCustomer {
  const customer = addCustomer(world, values);
  recordEvent(world, 'customer.created', customer);
  return customer;
}

/** Returns the customer that a parameter names. @throws ApiError 400 if it does not exist or was deleted */
export function referredCustomer(world: World, id: string, param = 'customer'): StoredCustomer {
  const customer = world.customers.get(id);
  if (!customer) throw noSuchReference('customer', id, param);
  return customer;
}
