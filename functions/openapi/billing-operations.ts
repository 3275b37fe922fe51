import type { OperationName } from '../../shared/contract.ts';
import {
  createCheckoutSessionRequest,
  createPortalSessionRequest,
} from '../http/requests/billing-requests.ts';
import { getUserRecordsRequest, getUserSubscriptionRequest } from '../http/requests/user-requests.ts';
import { BILLING_ANSWERS, BILLING_REQUESTS } from './billing-examples.ts';
import * as results from './billing-schemas.ts';
import type { OperationDoc } from './operation-doc.ts';
import { stripeEvent, stripeSignatureHeader } from './stripe-event-schema.ts';

/** The routes about money. What Stripe decides comes back as events; nothing is changed by asking for a page. */
export const BILLING_OPERATIONS = {
  getUserSubscription: {
    tag: 'Users',
    summary:
      "A user's subscription in the state last fetched from Stripe; `null` for a user who never had one",
    request: getUserSubscriptionRequest,
    answers: [
      {
        status: 200,
        says: 'The subscription.',
        schema: results.userSubscription,
        examples: { subscribed: BILLING_ANSWERS.subscription, never: BILLING_ANSWERS.none },
      },
    ],
  },
  getSubscriptionHistory: {
    tag: 'Users',
    summary: "The states that a user's subscription had, the newest first",
    request: getUserRecordsRequest,
    answers: [
      {
        status: 200,
        says: 'A page.',
        schema: results.subscriptionHistory,
        examples: { page: BILLING_ANSWERS.history },
      },
    ],
  },
  getUserPayments: {
    tag: 'Users',
    summary: "A user's payments, and those that failed, the newest first",
    request: getUserRecordsRequest,
    answers: [
      {
        status: 200,
        says: 'A page.',
        schema: results.payments,
        examples: { page: BILLING_ANSWERS.payments },
      },
    ],
  },
  createCheckoutSession: {
    tag: 'Billing',
    summary: 'Create a Stripe Checkout page on which a user subscribes to a plan',
    request: createCheckoutSessionRequest,
    example: BILLING_REQUESTS.checkout,
    answers: [
      {
        status: 201,
        says: 'Send the customer to `url`. The plan changes when Stripe reports the payment.',
        schema: results.checkoutSession,
        examples: { session: BILLING_ANSWERS.checkout },
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
      "Stripe's webhook: an event as JSON with its `Stripe-Signature`; Stripe sends it again after any answer other than 2xx",
    request: {},
    unvalidated: { headers: stripeSignatureHeader, body: stripeEvent },
    example: BILLING_REQUESTS.event,
    answers: [
      {
        status: 200,
        says: 'The event was handled, or does not concern this service.',
        schema: results.receivedEvent,
        examples: { handled: { outcome: 'handled' } },
      },
    ],
    problems: ['invalid_signature', 'unsupported_event', 'stripe_refused', 'outcome_unknown', 'account_busy'],
  },
  createPortalSession: {
    tag: 'Billing',
    summary: 'Create a Stripe portal page on which a customer changes, cancels and resumes a subscription',
    request: createPortalSessionRequest,
    example: BILLING_REQUESTS.portal,
    answers: [
      {
        status: 201,
        says: 'Send the customer to `url`. Changes made there arrive from Stripe as events.',
        schema: results.portalSession,
        examples: { session: BILLING_ANSWERS.portal },
      },
    ],
    problems: ['no_customer', 'billing_not_configured', 'stripe_refused'],
  },
} as const satisfies Partial<Record<OperationName, OperationDoc>>;
