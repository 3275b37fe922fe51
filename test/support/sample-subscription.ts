import type { Subscription } from '../../shared/domain/subscriptions/subscription.ts';
import { SAMPLE_NOW } from './sample-account.ts';

const DAY_MS = 86_400_000;

/** A paid yearly subscription to `pro` that began a day before `SAMPLE_NOW`. */
export function sampleSubscription(version: number): Subscription {
  return {
    userId: 'someone',
    version,
    savedAt: SAMPLE_NOW,
    planId: 'pro',
    priceId: 'price_pro',
    status: 'ACTIVE',
    stripeStatus: 'active',
    customerId: 'cus_1',
    subscriptionId: 'sub_1',
    createdAt: SAMPLE_NOW - DAY_MS,
    currentPeriodStart: SAMPLE_NOW - DAY_MS,
    currentPeriodEnd: SAMPLE_NOW + 30 * DAY_MS,
    billingAnchor: SAMPLE_NOW - DAY_MS,
    billingMonths: 12,
    cancelAtPeriodEnd: false,
    endsAt: null,
    latestInvoiceId: null,
    paidInvoiceId: null,
    isPaidRenewal: false,
    unpaidInvoiceId: null,
    unpaidSince: null,
    paidPlanId: null,
    graceEndsAt: null,
    runningSubscriptions: 1,
    trialEndsAt: null,
    endedAt: null,
  };
}
