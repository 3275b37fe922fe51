import { FAR_FUTURE } from '../account.ts';
import { grantsPlan, type SubscriptionStatus } from './stripe-status.ts';

/** The state of a user's subscription, computed from Stripe's data alone. Instants are epoch ms. */
export interface SubscriptionState {
  /** The plan that has the price; `null`: no plan has it any more, and the subscription grants nothing. */
  readonly planId: string | null;
  readonly priceId: string;
  readonly status: SubscriptionStatus;
  /** Stripe's own status, such as `incomplete`. */
  readonly stripeStatus: string;
  readonly customerId: string;
  readonly subscriptionId: string;
  readonly createdAt: number;
  readonly currentPeriodStart: number;
  readonly currentPeriodEnd: number;
  /** Stripe's billing cycle anchor, from which periods are computed. */
  readonly billingAnchor: number;
  /**
   * Months in a period: 1, 12, …; 1 also for daily or weekly prices, whose periods come from Stripe's events
   * alone.
   */
  readonly billingMonths: number;
  readonly cancelAtPeriodEnd: boolean;
  /** The scheduled end of the subscription, at the end of its period or at another time; `null`: none. */
  readonly endsAt: number | null;
  /**
   * The newest invoice at the last fetch: a list has no older ones, and a newer one may hide an older
   * failure.
   */
  readonly latestInvoiceId: string | null;
  /** The invoice that began the current period, if it was paid with money. */
  readonly paidInvoiceId: string | null;
  /** Whether that invoice was for a renewal: then time opens the period, and the payment does not. */
  readonly isPaidRenewal: boolean;
  /** The first invoice that failed, or is due, and that no newer payment covers. */
  readonly unpaidInvoiceId: string | null;
  /** When it failed; the due date of a sent invoice may be in the future. `null`: nothing is unpaid. */
  readonly unpaidSince: number | null;
  /** The plan paid for before the failure; `null`: none. */
  readonly paidPlanId: string | null;
  /** Until when `paidPlanId` is granted after the failure. */
  readonly graceEndsAt: number | null;
  readonly trialEndsAt: number | null;
  readonly endedAt: number | null;
  /**
   * The plan of each further price on the invoices, by price; `null`: none. A plan edit can change the plan
   * that an older invoice bought, and a list does not show it. Absent in states saved by earlier releases.
   */
  readonly invoicedPlans?: Readonly<Record<string, string | null>>;
  /**
   * Number of the user's running subscriptions to plans, this one included. More than 1: the user pays twice.
   */
  readonly runningSubscriptions: number;
}

/** A saved version of a user's subscription. */
export interface Subscription extends SubscriptionState {
  readonly userId: string;
  /** +1 with every change; 1 for the first. */
  readonly version: number;
  /** When this version was saved (epoch ms). */
  readonly savedAt: number;
}

/** The plan that a user may use. */
export interface Entitlement {
  readonly planId: string;
  readonly validUntil: number;
  /** Whether the subscription grants the plan; otherwise it is the default plan. */
  readonly isGranted: boolean;
}

/**
 * Computes the entitlement of a subscription at `now` (epoch ms): its plan while it is paid for; after a
 * failed payment, the last paid plan until the grace ends; otherwise the default plan. `validUntil` ends an
 * entitlement without any event.
 */
export function entitlement(state: SubscriptionState, now: number, defaultPlanId: string): Entitlement {
  const none = { planId: defaultPlanId, validUntil: FAR_FUTURE, isGranted: false };
  const isUnpaid = state.unpaidSince !== null && state.unpaidSince <= now;
  const planId = isUnpaid ? state.paidPlanId : state.planId;
  if (!grantsPlan(state.status) || planId === null) return none;
  const grace = isUnpaid ? (state.graceEndsAt ?? 0) : FAR_FUTURE;
  const validUntil = Math.min(state.endsAt ?? FAR_FUTURE, grace);
  return validUntil > now ? { planId, validUntil, isGranted: true } : none;
}

/** Whether two states are equal, so that saving the new one would change nothing. */
export function sameSubscription(saved: SubscriptionState, state: SubscriptionState): boolean {
  return STATE_FIELDS.every((field) => saved[field] === state[field]) && hasSamePlans(saved, state);
}

/** A state saved without `invoicedPlans` is not saved again for them alone. */
function hasSamePlans(
  { invoicedPlans: saved }: SubscriptionState,
  { invoicedPlans = {} }: SubscriptionState,
) {
  if (!saved) return true;
  const prices = Object.keys(invoicedPlans);
  const isSame = prices.every((priceId) => saved[priceId] === invoicedPlans[priceId]);
  return isSame && Object.keys(saved).length === prices.length;
}

/** Fields that are compared by value. */
type StateField = Exclude<keyof SubscriptionState, 'invoicedPlans'>;

/** Every such field of a state; a missing one does not compile. */
const STATE_FIELDS = Object.keys({
  planId: 0,
  priceId: 0,
  status: 0,
  stripeStatus: 0,
  customerId: 0,
  subscriptionId: 0,
  createdAt: 0,
  currentPeriodStart: 0,
  currentPeriodEnd: 0,
  billingAnchor: 0,
  billingMonths: 0,
  cancelAtPeriodEnd: 0,
  endsAt: 0,
  latestInvoiceId: 0,
  paidInvoiceId: 0,
  isPaidRenewal: 0,
  unpaidInvoiceId: 0,
  unpaidSince: 0,
  paidPlanId: 0,
  graceEndsAt: 0,
  trialEndsAt: 0,
  endedAt: 0,
  runningSubscriptions: 0,
} satisfies Record<StateField, 0>) as StateField[]; // keys of the record above
