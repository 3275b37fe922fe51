import type { Payment } from '../../shared/domain/subscriptions/payment.ts';
import type { Subscription } from '../../shared/domain/subscriptions/subscription.ts';
import { currentSubscriptionView, historyView, paymentsView } from '../http/responses/subscription-view.ts';

/** Examples made by the code that makes the answers: a user's second month on `pro`. */

const USER = 'user-42';
const at = (instant: string) => Date.parse(instant);

const subscription: Subscription = {
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

const payment: Payment = {
  id: 'evt_1SYuser42000000000000000',
  at: at('2026-11-15T10:02:09Z'),
  outcome: 'paid',
  invoiceId: 'in_1SYuser42000000000000000',
  subscriptionId: subscription.subscriptionId,
  amount: 2_000,
  currency: 'usd',
  attempts: 1,
  invoiceUrl: 'https://invoice.stripe.com/i/acct_1/test_1',
};

export const BILLING_ANSWERS = {
  subscription: currentSubscriptionView(USER, { subscription, asOf: subscription.savedAt, cached: true }),
  none: currentSubscriptionView(USER, { subscription: undefined, asOf: subscription.savedAt, cached: false }),
  history: historyView(USER, { items: [subscription], next: '2026-11-15T10:02:11.000Z#000000000002' }),
  payments: paymentsView(USER, { items: [payment], next: undefined }),
  checkout: { sessionId: 'cs_test_a1user42', url: 'https://checkout.stripe.com/c/pay/cs_test_a1user42' },
  portal: { sessionId: 'bps_1SYuser42', url: 'https://billing.stripe.com/p/session/test_1' },
} as const;

/** Bodies that the schemas accept. */
export const BILLING_REQUESTS = {
  checkout: {
    userId: USER,
    planId: 'pro',
    price: 'monthly',
    successUrl: 'https://app.example.com/billing?session={CHECKOUT_SESSION_ID}',
    cancelUrl: 'https://app.example.com/plans',
  },
  event: {
    id: payment.id,
    object: 'event',
    api_version: '2026-10-28.endive',
    created: payment.at / 1_000,
    livemode: false,
    pending_webhooks: 1,
    request: { id: null, idempotency_key: null },
    type: 'invoice.paid',
    data: { object: { id: payment.invoiceId, object: 'invoice' } },
  },
  portal: { userId: USER, returnUrl: 'https://app.example.com/billing' },
} as const;
