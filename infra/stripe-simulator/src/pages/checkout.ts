import type Stripe from 'stripe';
import { startSubscription } from '../billing/start-subscription.ts';
import { readCommon, readRecurringPrice } from '../billing/subscription-params.ts';
import type { Call, Route } from '../calls/call.ts';
import { invalidRequest, missingParam } from '../calls/errors.ts';
import { listPage, timeRange } from '../calls/list-page.ts';
import { changedMetadata } from '../calls/metadata.ts';
import type { Params } from '../calls/params.ts';
import { pathObject, retrieving } from '../calls/path-object.ts';
import { createCustomer, referredCustomer } from '../customers/customers.ts';
import { attachCard } from '../customers/payment-methods.ts';
import { DAY } from '../time/calendar.ts';
import type { CardBehaviour } from '../world/pending-work.ts';
import { recordEvent } from '../world/record-event.ts';
import type { StoredCheckoutSession } from '../world/stored-objects.ts';
import type { NewItem } from '../world/subscription-request.ts';
import type { World } from '../world/world.ts';
import { buildCheckoutSession, buildLineItems } from './checkout-object.ts';

const MAX_REFERENCE_LENGTH = 200;

const requested = pathObject((world) => world.checkoutSessions, 'checkout.session', 'session');

function readLineItems(world: World, params: Params): NewItem[] {
  const lines = params.objects('line_items') ?? [];
  if (lines.length === 0) throw missingParam('line_items');
  return lines.map((line) => {
    const price = readRecurringPrice(world, line);
    if (!price) throw missingParam(line.nameOf('price'));
    return { price, quantity: line.integer('quantity') ?? 1 };
  });
}

function create({ world, params }: Call): StoredCheckoutSession {
  const now = world.main.now();
  const mode = params.oneOf('mode', ['payment', 'setup', 'subscription']);
  if (mode !== 'subscription') {
    if (mode === undefined) throw missingParam('mode');
    throw invalidRequest('Only `mode=subscription` is simulated.', { param: 'mode' });
  }
  const customer = params.text('customer');
  if (customer !== undefined) referredCustomer(world, customer);
  const successUrl = params.url('success_url');
  const subscriptionData = params.object('subscription_data');
  const trialDays = subscriptionData?.integer('trial_period_days');
  const { trialEnd = null, ...common } = subscriptionData ? readCommon(subscriptionData, now) : {};
  const items = readLineItems(world, params);
  const expiresAt = now + DAY;
  const start = {
    items,
    isTrial: trialEnd !== null,
    customer: customer ?? null,
    clientReferenceId: params.text('client_reference_id', MAX_REFERENCE_LENGTH) ?? null,
    cancelUrl: params.url('cancel_url') ?? null,
    metadata: changedMetadata({}, params.metadata()),
    expiresAt,
  };
  params.done();
  if (successUrl === undefined) throw missingParam('success_url');
  const session = buildCheckoutSession(world, { ...start, successUrl });
  const trialSeconds = trialDays === undefined ? null : trialDays * DAY;
  world.checkoutPlans.set(session.id, { items, trialSeconds, trialEnd, common });
  world.checkoutSessions.add(session);
  world.main.schedule({ name: 'expire-session', id: session.id }, expiresAt);
  return session;
}

/**
 * Pays a session as its page does. A declined card leaves it open and creates nothing.
 *
 * @returns whether the session is complete now
 */
export function payCheckout(world: World, session: StoredCheckoutSession, behaviour: CardBehaviour): boolean {
  const order = world.checkoutPlans.get(session.id);
  const needsPayment = (session.amount_total ?? 0) > 0;
  if (session.status !== 'open' || !order || (behaviour === 'declines' && needsPayment)) return false;
  const customer = world.customers.get(session.customer ?? '') ?? createCustomer(world, {});
  const card = attachCard(world, customer, behaviour);
  recordEvent(world, 'payment_method.attached', card);
  const now = world.main.now();
  const subscription = startSubscription(world, {
    ...order.common,
    customer,
    items: order.items,
    trialEnd: order.trialSeconds === null ? order.trialEnd : now + order.trialSeconds,
    defaultPaymentMethod: card.id,
  });
  complete(world, session, {
    customer: customer.id,
    subscription: subscription.id,
    invoice: subscription.latest_invoice,
  });
  return true;
}

function complete(
  world: World,
  session: StoredCheckoutSession,
  made: Pick<StoredCheckoutSession, 'customer' | 'subscription' | 'invoice'>,
): void {
  const needsPayment = (session.amount_total ?? 0) > 0;
  Object.assign(session, made, {
    status: 'complete',
    payment_status: needsPayment ? 'paid' : 'no_payment_required',
    url: null,
    collected_information: { business_name: null, individual_name: null, shipping_details: null },
    customer_details: {
      address: null,
      business_name: null,
      email: world.customers.get(made.customer ?? '')?.email ?? null,
      individual_name: null,
      name: null,
      phone: null,
      tax_exempt: 'none',
      tax_ids: [],
    },
  } satisfies Partial<Stripe.Checkout.Session>);
  world.main.cancel({ name: 'expire-session', id: session.id });
  recordEvent(world, 'checkout.session.completed', session);
}

export function expireSession(world: World, session: StoredCheckoutSession): void {
  session.status = 'expired';
  session.url = null;
  world.main.cancel({ name: 'expire-session', id: session.id });
  recordEvent(world, 'checkout.session.expired', session);
}

function expireByCall(call: Call): StoredCheckoutSession {
  call.params.done();
  const session = requested(call);
  if (session.status !== 'open') {
    throw invalidRequest(
      `Only Checkout Sessions with a status in ["open"] can be expired. This Checkout Session has a status of \`${session.status}\`.`,
    );
  }
  expireSession(call.world, session);
  return session;
}

/** Returned only where `expand` requests them. */
export function lineItemsOf(world: World, session: StoredCheckoutSession): Stripe.ApiList<Stripe.LineItem> {
  const known =
    world.lineItems.get(session.id) ??
    buildLineItems(world, session.id, world.checkoutPlans.get(session.id)?.items ?? []);
  world.lineItems.set(session.id, known);
  return known;
}

function list(call: Call): Stripe.ApiList<StoredCheckoutSession> {
  const { params } = call;
  const customer = params.text('customer');
  const subscription = params.text('subscription');
  const status = params.oneOf('status', ['complete', 'expired', 'open']);
  const created = timeRange(params, 'created');
  return listPage(call, call.world.checkoutSessions, {
    kind: 'checkout.session',
    url: '/v1/checkout/sessions',
    matches: (session) =>
      (customer === undefined || session.customer === customer) &&
      (subscription === undefined || session.subscription === subscription) &&
      (status === undefined || session.status === status) &&
      created.contains(session.created),
  });
}

const BASE = '/v1/checkout/sessions';

export const checkoutRoutes: readonly Route[] = [
  { method: 'POST', path: BASE, handle: create },
  { method: 'GET', path: BASE, handle: list },
  { method: 'GET', path: `${BASE}/:id`, handle: retrieving(requested) },
  { method: 'POST', path: `${BASE}/:id/expire`, handle: expireByCall },
];
