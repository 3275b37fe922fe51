import Stripe from 'stripe';
import type { Call, Route } from '../calls/call.ts';
import { invalidRequest, missingParam, noSuchReference } from '../calls/errors.ts';
import { listPage, timeRange } from '../calls/list-page.ts';
import { changedMetadata } from '../calls/metadata.ts';
import type { MetadataChange, Params } from '../calls/params.ts';
import { pathObject, retrieving } from '../calls/path-object.ts';
import { recordChange, recordEvent } from '../world/record-event.ts';
import type { StoredPrice } from '../world/stored-objects.ts';
import type { World } from '../world/world.ts';

const INTERVALS = ['day', 'week', 'month', 'year'] as const;

export interface NewPrice {
  readonly product: string;
  /** In the currency's smallest unit. */
  readonly unitAmount: number;
  readonly currency?: string | undefined;
  /** Absent: one time. */
  readonly interval?: (typeof INTERVALS)[number] | undefined;
  readonly intervalCount?: number | undefined;
  readonly trialPeriodDays?: number | undefined;
  readonly lookupKey?: string | undefined;
  readonly nickname?: string | undefined;
  readonly active?: boolean | undefined;
  readonly metadata?: MetadataChange | undefined;
}

function createPrice(world: World, values: NewPrice): StoredPrice {
  const now = world.main.now();
  const price = {
    id: world.ids.long('price', now),
    object: 'price',
    active: values.active ?? true,
    billing_scheme: 'per_unit',
    created: now,
    currency: values.currency ?? 'usd',
    custom_unit_amount: null,
    livemode: false,
    lookup_key: values.lookupKey ?? null,
    metadata: changedMetadata({}, values.metadata),
    nickname: values.nickname ?? null,
    product: values.product,
    recurring: values.interval
      ? {
          interval: values.interval,
          interval_count: values.intervalCount ?? 1,
          meter: null,
          trial_period_days: values.trialPeriodDays ?? null,
          usage_type: 'licensed',
        }
      : null,
    tax_behavior: 'unspecified',
    tiers_mode: null,
    transform_quantity: null,
    type: values.interval ? 'recurring' : 'one_time',
    unit_amount: values.unitAmount,
    unit_amount_decimal: Stripe.Decimal.from(values.unitAmount),
  } satisfies Stripe.Price;
  world.prices.add(price);
  recordEvent(world, 'price.created', price);
  return price;
}

/** Returns the price that a parameter names. @throws ApiError 400 if it does not exist or is not active */
export function referredPrice(world: World, id: string, param: string): StoredPrice {
  const price = world.prices.get(id);
  if (!price) throw noSuchReference('price', id, param);
  if (!price.active) {
    throw invalidRequest(`The price specified is inactive. This field only accepts active prices.`, {
      param,
    });
  }
  return price;
}

const requested = pathObject((world) => world.prices, 'price');

function create({ world, params }: Call): StoredPrice {
  const currency = params.requiredText('currency').toLowerCase();
  const unitAmount = params.integer('unit_amount');
  const recurring = params.object('recurring');
  const interval = recurring?.oneOf('interval', INTERVALS);
  if (recurring && !interval) throw missingParam('recurring[interval]');
  const transfer = params.boolean('transfer_lookup_key');
  const details = {
    currency,
    interval,
    intervalCount: recurring?.integer('interval_count'),
    trialPeriodDays: recurring?.integer('trial_period_days'),
    lookupKey: params.text('lookup_key'),
    nickname: params.text('nickname'),
    active: params.boolean('active'),
    metadata: params.metadata(),
  };
  recurring?.oneOf('usage_type', ['licensed']);
  params.oneOf('billing_scheme', ['per_unit']);
  params.oneOf('tax_behavior', ['unspecified']);
  const product = readProduct(world, params);
  params.done();
  if (unitAmount === undefined) throw missingParam('unit_amount');
  if (unitAmount < 0) {
    throw invalidRequest('This value must be greater than or equal to 0.', { param: 'unit_amount' });
  }
  claimLookupKey(world, details.lookupKey, transfer ?? false);
  return createPrice(world, { ...details, unitAmount, product });
}

function readProduct(world: World, params: Params): string {
  const id = params.requiredText('product');
  if (!world.products.get(id)) throw noSuchReference('product', id, 'product');
  return id;
}

/** Rejects a lookup key of another active price, unless it is transferred. */
function claimLookupKey(world: World, key: string | undefined, transfer: boolean, owner?: StoredPrice): void {
  if (key === undefined) return;
  for (const price of world.prices.oldestFirst()) {
    if (price.lookup_key !== key || price === owner) continue;
    if (!transfer) {
      throw invalidRequest(`A price (\`${price.id}\`) already uses that lookup key.`, {
        param: 'lookup_key',
      });
    }
    recordChange(world, 'price.updated', price, () => {
      price.lookup_key = null;
    });
  }
}

function update(call: Call): StoredPrice {
  const { world, params } = call;
  const price = requested(call);
  const active = params.boolean('active');
  const nickname = params.clearableText('nickname');
  const lookupKey = params.text('lookup_key');
  const metadata = params.metadata();
  const transfer = params.boolean('transfer_lookup_key');
  params.done();
  claimLookupKey(world, lookupKey, transfer ?? false, price);
  recordChange(world, 'price.updated', price, () => {
    price.active = active ?? price.active;
    if (nickname !== undefined) price.nickname = nickname;
    price.lookup_key = lookupKey ?? price.lookup_key;
    price.metadata = changedMetadata(price.metadata, metadata);
  });
  return price;
}

function list(call: Call): Stripe.ApiList<StoredPrice> {
  const { params } = call;
  // Active prices by default.
  const active = params.boolean('active') ?? true;
  const product = params.text('product');
  const type = params.oneOf('type', ['one_time', 'recurring']);
  const currency = params.text('currency');
  const keys = params.texts('lookup_keys');
  const interval = params.object('recurring')?.oneOf('interval', INTERVALS);
  const created = timeRange(params, 'created');
  return listPage(call, call.world.prices, {
    kind: 'price',
    url: '/v1/prices',
    matches: (price) =>
      price.active === active &&
      (product === undefined || price.product === product) &&
      (type === undefined || price.type === type) &&
      (currency === undefined || price.currency === currency) &&
      (keys === undefined || keys.includes(price.lookup_key ?? '')) &&
      (interval === undefined || price.recurring?.interval === interval) &&
      created.contains(price.created),
  });
}

export const priceRoutes: readonly Route[] = [
  { method: 'POST', path: '/v1/prices', handle: create },
  { method: 'GET', path: '/v1/prices', handle: list },
  { method: 'GET', path: '/v1/prices/:id', handle: retrieving(requested) },
  { method: 'POST', path: '/v1/prices/:id', handle: update },
];
