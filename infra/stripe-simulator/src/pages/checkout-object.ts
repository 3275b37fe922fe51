import type Stripe from 'stripe';
import { wholeList } from '../calls/list-page.ts';
import type { StoredCheckoutSession } from '../world/stored-objects.ts';
import type { NewItem } from '../world/subscription-request.ts';
import type { World } from '../world/world.ts';

export interface CheckoutStart {
  readonly items: readonly NewItem[];
  readonly isTrial: boolean;
  readonly customer: string | null;
  readonly clientReferenceId: string | null;
  readonly successUrl: string;
  readonly cancelUrl: string | null;
  readonly metadata: Stripe.Metadata;
  /** Seconds. */
  readonly expiresAt: number;
}

/** Builds an open session in subscription mode with every field that Stripe sends, in its order. */
export function buildCheckoutSession(world: World, start: CheckoutStart): StoredCheckoutSession {
  const now = world.main.now();
  const id = world.ids.checkoutSession();
  const total = start.isTrial
    ? 0
    : start.items.reduce((sum, { price, quantity }) => sum + (price.unit_amount ?? 0) * quantity, 0);
  return {
    id,
    object: 'checkout.session',
    adaptive_pricing: null,
    after_expiration: null,
    allow_promotion_codes: null,
    allowed_payment_method_types: null,
    amount_subtotal: total,
    amount_total: total,
    automatic_tax: { enabled: false, liability: null, provider: null, status: null },
    billing_address_collection: null,
    branding_settings: {
      background_color: '#ffffff',
      border_style: 'rounded',
      button_color: '#0074d4',
      display_name: 'Simulator',
      font_family: 'default',
      icon: null,
      logo: null,
    },
    cancel_url: start.cancelUrl,
    client_reference_id: start.clientReferenceId,
    client_secret: null,
    collected_information: null,
    consent: null,
    consent_collection: null,
    created: now,
    currency: start.items[0]?.price.currency ?? null,
    currency_conversion: null,
    custom_fields: [],
    custom_text: {
      after_submit: null,
      shipping_address: null,
      submit: null,
      terms_of_service_acceptance: null,
    },
    customer: start.customer,
    customer_account: null,
    // Subscription mode always creates a customer if none was given.
    customer_creation: start.customer === null ? 'always' : null,
    customer_details: customerDetails(world, start),
    customer_email: null,
    discounts: [],
    expires_at: start.expiresAt,
    integration_identifier: null,
    invoice: null,
    invoice_creation: null,
    livemode: false,
    locale: null,
    managed_payments: { enabled: false },
    metadata: start.metadata,
    mode: 'subscription',
    origin_context: null,
    payment_intent: null,
    payment_link: null,
    payment_method_collection: 'always',
    payment_method_configuration_details: null,
    payment_method_options: { card: { request_three_d_secure: 'automatic' } },
    payment_method_types: ['card'],
    payment_status: 'unpaid',
    permissions: null,
    phone_number_collection: { enabled: false },
    recovered_from: null,
    saved_payment_method_options: {
      allow_redisplay_filters: ['always'],
      payment_method_remove: 'disabled',
      payment_method_save: null,
    },
    setup_intent: null,
    shipping_address_collection: null,
    shipping_cost: null,
    shipping_options: [],
    status: 'open',
    submit_type: null,
    subscription: null,
    success_url: start.successUrl,
    total_details: { amount_discount: 0, amount_shipping: 0, amount_tax: 0 },
    ui_mode: 'hosted_page',
    url: `${world.baseUrl}/c/pay/${id}`,
    wallet_options: null,
  } satisfies Stripe.Checkout.Session;
}

function customerDetails(
  world: World,
  { customer }: CheckoutStart,
): Stripe.Checkout.Session.CustomerDetails | null {
  const email = world.customers.get(customer ?? '')?.email ?? null;
  if (email === null) return null;
  return {
    address: null,
    business_name: null,
    email,
    individual_name: null,
    name: null,
    phone: null,
    tax_exempt: 'none',
    tax_ids: null,
  };
}

export function buildLineItems(
  world: World,
  session: string,
  items: readonly NewItem[],
): Stripe.ApiList<Stripe.LineItem> {
  const lines = items.map(({ price, quantity }): Stripe.LineItem => {
    const amount = (price.unit_amount ?? 0) * quantity;
    return {
      id: world.ids.long('lineItem', world.main.now()),
      object: 'item',
      adjustable_quantity: null,
      amount_discount: 0,
      amount_subtotal: amount,
      amount_tax: 0,
      amount_total: amount,
      currency: price.currency,
      description: world.products.get(price.product)?.name ?? null,
      metadata: {},
      price,
      quantity,
    };
  });
  return wholeList(lines, `/v1/checkout/sessions/${session}/line_items`);
}
