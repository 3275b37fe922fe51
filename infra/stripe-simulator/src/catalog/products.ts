import type Stripe from 'stripe';
import type { Call, Route } from '../calls/call.ts';
import { listPage, timeRange } from '../calls/list-page.ts';
import { changedMetadata } from '../calls/metadata.ts';
import type { MetadataChange } from '../calls/params.ts';
import { pathObject, retrieving } from '../calls/path-object.ts';
import { recordChange, recordEvent } from '../world/record-event.ts';
import type { StoredProduct } from '../world/stored-objects.ts';
import type { World } from '../world/world.ts';

export interface NewProduct {
  readonly name: string;
  readonly id?: string | undefined;
  readonly active?: boolean | undefined;
  readonly description?: string | undefined;
  readonly metadata?: MetadataChange | undefined;
}

function createProduct(world: World, values: NewProduct): StoredProduct {
  const now = world.main.now();
  const product = {
    id: values.id ?? world.ids.short('product'),
    object: 'product',
    active: values.active ?? true,
    created: now,
    default_price: null,
    description: values.description ?? null,
    images: [],
    livemode: false,
    marketing_features: [],
    metadata: changedMetadata({}, values.metadata),
    name: values.name,
    package_dimensions: null,
    shippable: null,
    statement_descriptor: null,
    tax_code: null,
    tax_details: null,
    type: 'service',
    unit_label: null,
    updated: now,
    url: null,
  } satisfies Stripe.Product;
  world.products.add(product);
  recordEvent(world, 'product.created', product);
  return product;
}

const requested = pathObject((world) => world.products, 'product');

function create({ world, params }: Call): StoredProduct {
  const values: NewProduct = {
    name: params.requiredText('name'),
    id: params.text('id'),
    active: params.boolean('active'),
    description: params.text('description'),
    metadata: params.metadata(),
  };
  params.done();
  return createProduct(world, values);
}

function update(call: Call): StoredProduct {
  const { world, params } = call;
  const product = requested(call);
  const name = params.text('name');
  const active = params.boolean('active');
  const description = params.clearableText('description');
  const metadata = params.metadata();
  params.done();
  recordChange(world, 'product.updated', product, () => {
    product.name = name ?? product.name;
    product.active = active ?? product.active;
    if (description !== undefined) product.description = description;
    product.metadata = changedMetadata(product.metadata, metadata);
    product.updated = world.main.now();
  });
  return product;
}

function list(call: Call): Stripe.ApiList<StoredProduct> {
  const active = call.params.boolean('active');
  const ids = call.params.texts('ids');
  const created = timeRange(call.params, 'created');
  return listPage(call, call.world.products, {
    kind: 'product',
    url: '/v1/products',
    matches: (product) =>
      (active === undefined || product.active === active) &&
      (ids === undefined || ids.includes(product.id)) &&
      created.contains(product.created),
  });
}

export const productRoutes: readonly Route[] = [
  { method: 'POST', path: '/v1/products', handle: create },
  { method: 'GET', path: '/v1/products', handle: list },
  { method: 'GET', path: '/v1/products/:id', handle: retrieving(requested) },
  { method: 'POST', path: '/v1/products/:id', handle: update },
];
