import * as z from 'zod/mini';
import type { OperationName } from '../../shared/contract.ts';
import type { Payment } from '../../shared/domain/subscriptions/payment.ts';
import { SUBSCRIPTION_STATUSES } from '../../shared/domain/subscriptions/stripe-status.ts';
import type { Subscription } from '../../shared/domain/subscriptions/subscription.ts';
import { described } from '../http/requests/fields.ts';
import { getUserRecordsRequest, getUserSubscriptionRequest } from '../http/requests/user-requests.ts';
import { currentSubscriptionView, historyView, paymentsView } from '../http/responses/subscription-view.ts';
import { cached } from './account-schemas.ts';
import type { OperationDoc } from './operation-doc.ts';
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

const subscription = component('Subscription', {
  planId: textOrNull(
    'The plan; `null`: no plan has the price any more, and the subscription grants nothing.',
  ),
  status: oneOf(SUBSCRIPTION_STATUSES, 'The state of the subscription.'),
  currentPeriodStart: instant('When the current billing period started.'),
  currentPeriodEnd: instant('When the current billing period ends.'),
  cancelAtPeriodEnd: flag('Whether the subscription ends with its current period.'),
  endsAt: instantOrNull('When the subscription will end; `null`: no end is set.'),
  unpaidSince: instantOrNull(
    'When the oldest still unpaid payment failed; the due date of a sent invoice may be in the future. `null`: nothing is unpaid.',
  ),
  paidPlanId: textOrNull(
    'The plan paid for before that failure, which is granted since; `null`: none, or nothing is unpaid.',
  ),
  graceEndsAt: instantOrNull('When `paidPlanId` is no longer granted; `null`: nothing is unpaid.'),
  trialEndsAt: instantOrNull('When the trial ends; `null`: no trial.'),
  endedAt: instantOrNull('When the subscription ended; `null`: it has not ended.'),
  runningSubscriptions: integer(
    "Number of the user's running subscriptions to plans; if above 1, the user pays more than once.",
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
  version: integer('The version of this record; every change increments it.'),
  savedAt: instant('When this record was saved.'),
});

const userSubscription = component('UserSubscription', {
  userId: text('The user.'),
  subscription: described(z.nullable(subscription), {
    description: 'The subscription; `null`: the user never had one.',
  }),
  version: integer('The version of the subscription; 0: the user never had one.'),
  asOf: instant('When the subscription was read from the table.'),
  cached: cached(),
});

const subscriptionHistory = component('SubscriptionHistory', {
  userId: text('The user.'),
  subscriptions: list(subscription, 'A page of the states of the subscription, newest first.'),
  nextCursor: nextCursor(),
});

const payment = component('Payment', {
  id: text('The id of the Stripe event about the payment.'),
  at: instant('When the payment was made or failed.'),
  outcome: oneOf(['paid', 'failed'], 'The outcome of the payment.'),
  invoiceId: text("The invoice's id at Stripe."),
  subscriptionId: textOrNull("The subscription's id at Stripe; `null`: the invoice has none."),
  amount: integer("The amount in the currency's smallest unit."),
  currency: text('The currency: ISO 4217, in lower case.'),
  attempts: integer('Number of attempts of Stripe to collect the payment.'),
  invoiceUrl: textOrNull("Stripe's page of the invoice; `null`: none."),
});

const payments = component('Payments', {
  userId: text('The user.'),
  payments: list(payment, 'A page of payments, newest first.'),
  nextCursor: nextCursor(),
});

/** A user's second month on `pro`. */
const USER = 'user-42';
const at = (instant: string) => Date.parse(instant);

const sample: Subscription = {
  userId: USER,
  planId: 'pro',
  priceId: 'price_1SYpro0000000000monthly',
  status: 'ACTIVE',
  stripeStatus: 'active',
  customerId: 'cus_TVuser42000000',
  subscriptionId: 'sub_1SYuser42000000000000000',
  createdAt: at('2026-10-15T09:00:00Z'),
  currentPeriodStart: at('2026-11-15T09:00:00Z'),
  currentPeriodEnd: at('2026-12-15T09:00:00Z'),
  billingAnchor: at('2026-10-15T09:00:00Z'),
  billingMonths: 1,
  cancelAtPeriodEnd: false,
  endsAt: null,
  latestInvoiceId: 'in_1SYuser42000000000000000',
  paidInvoiceId: 'in_1SYuser42000000000000000',
  isPaidRenewal: true,
  unpaidInvoiceId: null,
  unpaidSince: null,
  paidPlanId: null,
  graceEndsAt: null,
  trialEndsAt: null,
  endedAt: null,
  runningSubscriptions: 1,
  version: 2,
  savedAt: at('2026-11-15T10:02:11Z'),
};

const samplePayment: Payment = {
  id: 'evt_1SYuser42000000000000000',
  at: at('2026-11-15T10:02:09Z'),
  outcome: 'paid',
  invoiceId: 'in_1SYuser42000000000000000',
  subscriptionId: sample.subscriptionId,
  amount: 2_000,
  currency: 'usd',
  attempts: 1,
  invoiceUrl: 'https://invoice.stripe.com/i/acct_1/test_1',
};

const EXAMPLES = {
  subscription: currentSubscriptionView(USER, { subscription: sample, asOf: sample.savedAt, cached: true }),
  none: currentSubscriptionView(USER, { subscription: undefined, asOf: sample.savedAt, cached: false }),
  history: historyView(USER, { items: [sample], next: '2026-11-15T10:02:11.000Z#000000000002' }),
  payments: paymentsView(USER, { items: [samplePayment], next: undefined }),
} as const;

/** The routes about a user's subscription and payments. */
export const SUBSCRIPTION_OPERATIONS = {
  getUserSubscription: {
    tag: 'Users',
    summary:
      "Get a user's subscription in the state last fetched from Stripe; `null` for a user who never had one",
    request: getUserSubscriptionRequest,
    responses: [
      {
        status: 200,
        description: 'The subscription.',
        schema: userSubscription,
        examples: { subscribed: EXAMPLES.subscription, never: EXAMPLES.none },
      },
    ],
  },
  getSubscriptionHistory: {
    tag: 'Users',
    summary: "List the states of a user's subscription, newest first",
    request: getUserRecordsRequest,
    responses: [
      {
        status: 200,
        description: 'A page.',
        schema: subscriptionHistory,
        examples: { page: EXAMPLES.history },
      },
    ],
  },
  getUserPayments: {
    tag: 'Users',
    summary: "List a user's payments, failed ones included, newest first",
    request: getUserRecordsRequest,
    responses: [
      {
        status: 200,
        description: 'A page.',
        schema: payments,
        examples: { page: EXAMPLES.payments },
      },
    ],
  },
} as const satisfies Partial<Record<OperationName, OperationDoc>>;
