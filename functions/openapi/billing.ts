import * as z from 'zod/mini';
import type { OperationName } from '../../shared/contract.ts';
import {
  createCheckoutSessionRequest,
  createPortalSessionRequest,
} from '../http/requests/billing-requests.ts';
import { described } from '../http/requests/fields.ts';
import type { OperationDoc } from './operation-doc.ts';
import { component, flag, integer, oneOf, text, textOrNull } from './schema-parts.ts';

const checkoutSession = component('CheckoutSession', {
  sessionId: text("The checkout session's id at Stripe."),
  url: textOrNull('Payment page to redirect the customer to; `null`: the session is no longer open.'),
});

const portalSession = component('PortalSession', {
  sessionId: text("The portal session's id at Stripe."),
  url: text('Page to redirect the customer to, to manage the subscription.'),
});

const receivedEvent = component('ReceivedEvent', {
  outcome: oneOf(
    ['handled', 'repeated', 'ignored'],
    '`repeated`: the event was handled before. `ignored`: the event does not concern this service.',
  ),
});

/** The function verifies the signature over the raw bytes; Stripe's SDK parses the event. */
const stripeSignatureHeader = z.object({
  'Stripe-Signature': described(z.string(), {
    description: 'The time of the delivery and its signatures with the secrets of the webhook endpoint.',
    examples: ['t=1795341729,v1=5257a869e7ecebeda32affa62cdca3fa51cad7e77a0e56ff536d0ce8e108d8bd'],
  }),
});

const stripeEvent = component(
  'StripeEvent',
  {
    id: text("The event's id; a repeated event is not handled again."),
    object: oneOf(['event'], 'The kind of object.'),
    api_version: textOrNull('The API version that `data` is rendered in.'),
    account: z.optional(text('The connected account that the event came from.')),
    context: z.optional(textOrNull('The context of the authentication that caused the event.')),
    created: integer('When the event was created, in seconds since 1970.'),
    livemode: flag('`false`: the event is from test mode or a sandbox.'),
    pending_webhooks: integer('Deliveries that have not yet succeeded.'),
    request: described(
      z.nullable(
        z.looseObject({
          id: textOrNull('The id of the request at Stripe.'),
          idempotency_key: textOrNull('The Idempotency-Key of the request at Stripe.'),
        }),
      ),
      { description: 'The request that caused the event; `null`: none.' },
    ),
    type: text('The type, such as `invoice.paid`. Types that do not concern this service are ignored.'),
    data: described(
      z.looseObject({
        object: described(z.record(z.string(), z.unknown()), {
          description: 'The Stripe object that the event is about.',
        }),
        previous_attributes: z.optional(
          described(z.record(z.string(), z.unknown()), {
            description: 'The previous values of the attributes that an update changed.',
          }),
        ),
      }),
      { description: 'The content of the event.' },
    ),
  },
  'An event as Stripe delivers it (not a thin event).',
);

const EXAMPLES = {
  checkout: { sessionId: 'cs_test_a1user42', url: 'https://checkout.stripe.com/c/pay/cs_test_a1user42' },
  portal: { sessionId: 'bps_1SYuser42', url: 'https://billing.stripe.com/p/session/test_1' },
} as const;

/** Bodies that the schemas accept. */
const REQUESTS = {
  checkout: {
    userId: 'user-42',
    planId: 'pro',
    price: 'monthly',
    successUrl: 'https://app.example.com/billing?session={CHECKOUT_SESSION_ID}',
    cancelUrl: 'https://app.example.com/plans',
  },
  event: {
    id: 'evt_1SYuser42000000000000000',
    object: 'event',
    api_version: '2026-10-28.endive',
    created: Date.parse('2026-11-15T10:02:09Z') / 1_000,
    livemode: false,
    pending_webhooks: 1,
    request: { id: null, idempotency_key: null },
    type: 'invoice.paid',
    data: { object: { id: 'in_1SYuser42000000000000000', object: 'invoice' } },
  },
  portal: { userId: 'user-42', returnUrl: 'https://app.example.com/billing' },
} as const;

/**
 * The routes to Stripe's pages and its webhook. A page changes nothing by itself: Stripe reports changes as
 * events.
 */
export const BILLING_OPERATIONS = {
  createCheckoutSession: {
    tag: 'Billing',
    summary: 'Create a Stripe Checkout page on which a user subscribes to a plan',
    request: createCheckoutSessionRequest,
    example: REQUESTS.checkout,
    responses: [
      {
        status: 201,
        description: 'Redirect the customer to `url`. The plan changes when Stripe reports the payment.',
        schema: checkoutSession,
        examples: { session: EXAMPLES.checkout },
      },
    ],
    problems: [
      'unknown_plan',
      'unknown_price',
      'price_unusable',
      'already_subscribed',
      'trial_used',
      'no_trial',
      'billing_not_configured',
      'stripe_refused',
    ],
  },
  receiveStripeEvent: {
    tag: 'Billing',
    summary:
      'Receive a webhook event from Stripe, as JSON with its `Stripe-Signature`; Stripe retries after any status other than 2xx',
    request: {},
    unvalidated: { headers: stripeSignatureHeader, body: stripeEvent },
    example: REQUESTS.event,
    responses: [
      {
        status: 200,
        description: 'The event was handled, or does not concern this service.',
        schema: receivedEvent,
        examples: { handled: { outcome: 'handled' } },
      },
    ],
    problems: [
      'invalid_signature',
      'unsupported_event',
      'webhook_not_configured',
      'stripe_refused',
      'outcome_unknown',
      'account_busy',
    ],
  },
  createPortalSession: {
    tag: 'Billing',
    summary: 'Create a Stripe portal page on which a customer changes, cancels and resumes a subscription',
    request: createPortalSessionRequest,
    example: REQUESTS.portal,
    responses: [
      {
        status: 201,
        description: 'Redirect the customer to `url`. Stripe reports changes made there as events.',
        schema: portalSession,
        examples: { session: EXAMPLES.portal },
      },
    ],
    problems: ['no_customer', 'billing_not_configured', 'stripe_refused'],
  },
} as const satisfies Partial<Record<OperationName, OperationDoc>>;
