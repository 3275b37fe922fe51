import type Stripe from 'stripe';
import { planEnd } from '../billing/cancellation.ts';
import { endSubscription } from '../billing/end-subscription.ts';
import { scheduleSubscription } from '../billing/subscription-cycle.ts';
import { updateSubscription } from '../billing/update-subscription.ts';
import type { Call, Route } from '../calls/call.ts';
import { noSuchReference } from '../calls/errors.ts';
import { Params } from '../calls/params.ts';
import { referredCustomer } from '../customers/customers.ts';
import { recordChange, recordEvent } from '../world/record-event.ts';
import type { StoredPortalSession, StoredSubscription } from '../world/stored-objects.ts';
import type { World } from '../world/world.ts';

function create({ world, params }: Call): StoredPortalSession {
  const customer = referredCustomer(world, params.requiredText('customer'));
  const returnUrl = params.url('return_url') ?? null;
  const configuration = params.text('configuration') ?? world.portalConfiguration;
  const locale = params.text('locale') ?? null;
  params.done();
  if (configuration !== world.portalConfiguration) {
    throw noSuchReference('configuration', configuration, 'configuration');
  }
  const now = world.main.now();
  const session = {
    id: world.ids.long('portalSession', now),
    object: 'billing_portal.session',
    after_expiration: null,
    configuration,
    created: now,
    customer: customer.id,
    customer_account: null,
    flow: null,
    livemode: false,
    locale,
    on_behalf_of: null,
    return_url: returnUrl,
    url: `${world.baseUrl}/p/session/test_${world.ids.characters(32)}`,
  } satisfies Stripe.BillingPortal.Session;
  world.portalSessions.add(session);
  recordEvent(world, 'billing_portal.session.created', session);
  return session;
}

export const portalRoutes: readonly Route[] = [
  { method: 'POST', path: '/v1/billing_portal/sessions', handle: create },
];

/** A customer's action on the portal page. */
export type PortalAction =
  | { readonly kind: 'cancel_at_period_end' | 'resume' | 'cancel_now' }
  | { readonly kind: 'change_price'; readonly price: string };

/** @throws ApiError, as the API does, if the action is not possible */
export function actInPortal(world: World, subscription: StoredSubscription, action: PortalAction): void {
  if (action.kind === 'cancel_now') endSubscription(world, subscription, 'cancellation_requested');
  else if (action.kind === 'change_price') changePrice(world, subscription, action.price);
  else planOrResume(world, subscription, action.kind);
}

function planOrResume(
  world: World,
  subscription: StoredSubscription,
  kind: 'cancel_at_period_end' | 'resume',
): void {
  const now = world.main.now();
  // Flexible billing mode sets only the time and leaves `cancel_at_period_end` false.
  const atEnd = subscription.billing_mode.type === 'flexible' ? 'period_end_time' : 'period_end';
  recordChange(world, 'customer.subscription.updated', subscription, () => {
    planEnd(subscription, { kind: kind === 'resume' ? 'none' : atEnd }, now);
  });
  scheduleSubscription(world, subscription);
}

/** The portal invoices the difference at once. */
function changePrice(world: World, subscription: StoredSubscription, price: string): void {
  const id = subscription.items.data[0]?.id ?? '';
  const params = new Params({ items: [{ id, price }], proration_behavior: 'always_invoice' });
  updateSubscription({ world, params, id: subscription.id }, subscription);
}
