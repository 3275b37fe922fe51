import type Stripe from 'stripe';
import type { Call, Route } from '../calls/call.ts';
import { invalidRequest, noSuchObject } from '../calls/errors.ts';
import { listPage, timeRange } from '../calls/list-page.ts';
import { pathObject, retrieving } from '../calls/path-object.ts';
import { searchPage } from '../calls/search.ts';
import { readCoupons } from '../catalog/coupons.ts';
import { referredCustomer } from '../customers/customers.ts';
import type { StoredSubscription } from '../world/stored-objects.ts';
import { planEnd, readCancellation, readCancellationDetails } from './cancellation.ts';
import { endSubscription } from './end-subscription.ts';
import { pauseSubscription, resumeSubscription } from './pause-subscription.ts';
import { prorateRest } from './prorations.ts';
import { startSubscription } from './start-subscription.ts';
import { addInvoice, announceInvoice } from './subscription-invoice.ts';
import { currentPeriod, hasEnded } from './subscription-object.ts';
import { readCard, readCollection, readCommon, readItems } from './subscription-params.ts';
import { updateSubscription } from './update-subscription.ts';

const requestedSubscription = pathObject((world) => world.subscriptions, 'subscription');

function create({ world, params }: Call): StoredSubscription {
  const customer = referredCustomer(world, params.requiredText('customer'));
  const now = world.main.now();
  const items = readItems(world, params);
  const cancellation = readCancellation(params, now);
  const request = {
    customer,
    items,
    defaultPaymentMethod: readCard(world, params, customer.id),
    coupons: readCoupons(world, params),
    ...readCommon(params, now),
    ...readCollection(params),
  };
  params.oneOf('proration_behavior', ['always_invoice', 'create_prorations', 'none']);
  params.boolean('off_session');
  const currency = params.text('currency');
  params.done();
  if (currency !== undefined && currency !== items[0]?.price.currency) {
    throw invalidRequest(`The price specified only supports \`${items[0]?.price.currency}\`.`, {
      param: 'items[0][price]',
    });
  }
  const prepare = (subscription: StoredSubscription) =>
    cancellation && planEnd(subscription, cancellation, now);
  return startSubscription(world, { ...request, prepare });
}

const STATUSES = [
  'active',
  'all',
  'canceled',
  'ended',
  'incomplete',
  'incomplete_expired',
  'past_due',
  'paused',
  'trialing',
  'unpaid',
] as const;

function list(call: Call): Stripe.ApiList<StoredSubscription> {
  const { world, params } = call;
  const customer = params.text('customer');
  const status = params.oneOf('status', STATUSES);
  const price = params.text('price');
  const created = timeRange(params, 'created');
  const candidates = customer === undefined ? world.subscriptions : world.subscriptions.inGroup(customer);
  return listPage(call, candidates, {
    kind: 'subscription',
    url: '/v1/subscriptions',
    matches: (subscription) =>
      hasStatus(subscription, status) &&
      (price === undefined || subscription.items.data.some((item) => item.price.id === price)) &&
      created.contains(subscription.created),
  });
}

function hasStatus(subscription: StoredSubscription, status: (typeof STATUSES)[number] | undefined): boolean {
  if (status === 'all') return true;
  if (status === 'ended') return hasEnded(subscription);
  // By default, all but canceled ones.
  return status === undefined ? subscription.status !== 'canceled' : subscription.status === status;
}

function update(call: Call): StoredSubscription {
  return updateSubscription(call, requestedSubscription(call));
}

function cancel(call: Call): StoredSubscription {
  const { world, params } = call;
  const subscription = requestedSubscription(call);
  const setDetails = readCancellationDetails(params);
  const invoiceNow = params.boolean('invoice_now') ?? false;
  const prorate = params.boolean('prorate') ?? false;
  params.done();
  // Stripe responds 404 to canceling an ended subscription.
  if (hasEnded(subscription)) throw noSuchObject('subscription', subscription.id);
  setDetails(subscription);
  if (prorate) prorateRest(world, subscription);
  const hasPending = (world.pendingLines.get(subscription.id)?.length ?? 0) > 0;
  const invoice =
    invoiceNow && hasPending
      ? addInvoice(world, subscription, {
          reason: 'subscription_update',
          lines: [],
          period: currentPeriod(subscription),
          when: 'now',
        })
      : undefined;
  endSubscription(world, subscription, 'cancellation_requested');
  if (invoice) announceInvoice(world, invoice, 'now');
  return subscription;
}

export const subscriptionRoutes: readonly Route[] = [
  { method: 'POST', path: '/v1/subscriptions', handle: create },
  { method: 'GET', path: '/v1/subscriptions', handle: list },
  {
    method: 'GET',
    path: '/v1/subscriptions/search',
    handle: (call) => searchPage(call, call.world.subscriptions, '/v1/subscriptions/search'),
  },
  { method: 'GET', path: '/v1/subscriptions/:id', handle: retrieving(requestedSubscription) },
  { method: 'POST', path: '/v1/subscriptions/:id', handle: update },
  { method: 'DELETE', path: '/v1/subscriptions/:id', handle: cancel },
  {
    method: 'POST',
    path: '/v1/subscriptions/:id/pause',
    handle: (call) => pauseSubscription(call, requestedSubscription(call)),
  },
  {
    method: 'POST',
    path: '/v1/subscriptions/:id/resume',
    handle: (call) => resumeSubscription(call, requestedSubscription(call)),
  },
];
