import * as z from 'zod/mini';
import { SUBSCRIPTION_STATUSES } from '../../shared/domain/subscriptions/subscription.ts';
import { described } from '../http/requests/fields.ts';
import { cached } from './quota-schemas.ts';
import {
  component,
  flag,
  instant,
  instantOrNull,
  integer,
  list,
  nextCursor,
  oneOf,
  text,
  textOrNull,
} from './schema-parts.ts';

/** The answers about money. */

const subscription = component('Subscription', {
  planId: textOrNull(
    'The plan; `null`: no plan names the price any more, and the subscription grants nothing.',
  ),
  status: oneOf(SUBSCRIPTION_STATUSES, 'The state of the subscription.'),
  currentPeriodStart: instant('When the current billing period started.'),
  currentPeriodEnd: instant('When the current billing period ends.'),
  cancelAtPeriodEnd: flag('Whether the subscription ends with its current period.'),
  endsAt: instantOrNull('When the subscription will end; `null`: no end is set.'),
  unpaidSince: instantOrNull(
    'When the first payment failed that was not made good since; the due date of a sent invoice may lie ahead. `null`: nothing is unpaid.',
  ),
  paidPlanId: textOrNull(
    'The plan that was paid for before that failure, and is granted from then on; `null`: none was, or nothing is unpaid.',
  ),
  graceEndsAt: instantOrNull(
    'Until when `paidPlanId` is granted after the failure; `null`: nothing is unpaid.',
  ),
  trialEndsAt: instantOrNull('When the trial ends; `null`: there is none.'),
  endedAt: instantOrNull('When the subscription ended; `null`: it has not.'),
  runningSubscriptions: integer(
    "How many of the user's subscriptions to plans are running; above 1 the user pays more than once.",
  ),
  stripe: described(
    z.looseObject({
      status: text("Stripe's own status of the subscription."),
      customerId: text("The customer's id at Stripe."),
      subscriptionId: text("The subscription's id at Stripe."),
      priceId: text("The price's id at Stripe."),
    }),
    { description: "The subscription in Stripe's terms." },
  ),
  version: integer('The version of this record; every change makes the next one.'),
  savedAt: instant('When this record was saved.'),
});

export const userSubscription = component('UserSubscription', {
  userId: text('The user.'),
  subscription: described(z.nullable(subscription), {
    description: 'The subscription; `null`: the user never had one.',
  }),
  version: integer('The version of the subscription; 0: the user never had one.'),
  asOf: instant('When the subscription was read from the store.'),
  cached: cached(),
});

export const subscriptionHistory = component('SubscriptionHistory', {
  userId: text('The user.'),
  subscriptions: list(subscription, 'A page of the states that the subscription had, the newest first.'),
  nextCursor: nextCursor(),
});

const payment = component('Payment', {
  id: text('The id of the Stripe event about the payment.'),
  at: instant('When the payment was made or failed.'),
  outcome: oneOf(['paid', 'failed'], 'What became of the payment.'),
  invoiceId: text("The invoice's id at Stripe."),
  subscriptionId: textOrNull("The subscription's id at Stripe; `null`: the invoice belongs to none."),
  amount: integer("The amount in the currency's smallest unit."),
  currency: text('The currency: ISO 4217, in lower case.'),
  attempts: integer('How often Stripe has tried to collect the payment.'),
  invoiceUrl: textOrNull("Stripe's page of the invoice; `null`: there is none."),
});

export const payments = component('Payments', {
  userId: text('The user.'),
  payments: list(payment, 'A page of payments, the newest first.'),
  nextCursor: nextCursor(),
});

export const checkoutSession = component('CheckoutSession', {
  sessionId: text("The checkout session's id at Stripe."),
  url: textOrNull('Where to send the customer to pay; `null`: the session is no longer open.'),
});

export const portalSession = component('PortalSession', {
  sessionId: text("The portal session's id at Stripe."),
  url: text('Where to send the customer to manage the subscription.'),
});

export const receivedEvent = component('ReceivedEvent', {
  outcome: oneOf(
    ['handled', 'repeated', 'ignored'],
    '`repeated`: the event was handled before. `ignored`: the event does not concern this service.',
  ),
});
