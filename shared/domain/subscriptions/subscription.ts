import { FAR_FUTURE } from '../account.ts';
import { grantsPlan, type SubscriptionStatus } from './stripe-status.ts';

/** What Stripe says about a user's subscription, and nothing else: equal states are the same state. Instants are epoch ms. */
export interface SubscriptionState {
  /** The plan that has the price; `null`: none has it any more, and the subscription grants nothing. */
  readonly planId: string | null;
  readonly priceId: string;
  readonly status: SubscriptionStatus;
  /** Stripe's own word for it, such as `incomplete`. */
  readonly stripeStatus: string;
  readonly customerId: string;
  readonly subscriptionId: string;
  readonly createdAt: number;
  readonly currentPeriodStart: number;
  readonly currentPeriodEnd: number;
  /** Stripe's billing cycle anchor: the instant from which periods are counted. */
  readonly billingAnchor: number;
  /** Months in a period: 1, 12, …; 1 also for prices by the day or week, whose periods follow Stripe's events alone. */
  readonly billingMonths: number;
  readonly cancelAtPeriodEnd: boolean;
  /** When the subscription will end by itself, at the end of its period or at another moment; `null`: it goes on. */
  readonly endsAt: number | null;
  /** The newest invoice when Stripe was asked: a list shows no older one, and a newer one may hide what an older one says. */
  readonly latestInvoiceId: string | null;
  /** The invoice that began the current period, where it was paid with money. */
  readonly paidInvoiceId: string | null;
  /** Whether that invoice was of a renewal: then time opens the period, and the payment opens nothing more. */
  readonly isPaidRenewal: boolean;
  /** The first invoice that failed, or is due, and was not made good by a newer payment. */
  readonly unpaidInvoiceId: string | null;
  /** When that failed; the due date of an invoice that was sent may lie ahead. `null`: nothing is unpaid. */
  readonly unpaidSince: number | null;
  /** The plan that was paid for before that; `null`: none. */
  readonly paidPlanId: string | null;
  /** Until when that plan is granted, once the payment has failed. */
  readonly graceEndsAt: number | null;
  readonly trialEndsAt: number | null;
  readonly endedAt: number | null;
  /**
   * The plan that each further price of the invoices had, by price; `null`: none. A plan edit can change what an older invoice
   * bought, and a list does not show it. Absent in subscriptions saved before this was kept.
   */
  readonly invoicedPlans?: Readonly<Record<string, string | null>>;
  /** How many of the user's subscriptions to plans are running, this one included. More than 1: they pay twice. */
  readonly runningSubscriptions: number;
}

/** A user's subscription as it was last saved. */
export interface Subscription extends SubscriptionState {
  readonly userId: string;
  /** +1 with every change; 1 for the first. */
  readonly version: number;
  /** When this version was saved (epoch ms). */
  readonly savedAt: number;
}

/** Which plan a user may use, and until when without a new look (epoch ms). */
export interface Entitlement {
  readonly planId: string;
  readonly validUntil: number;
  /** Whether it is the subscription that grants the plan; otherwise it is the default plan. */
  readonly isGranted: boolean;
}

/**
 * What a subscription entitles to at `now` (epoch ms): its plan while it is paid for; once a payment has failed, the plan last
 * paid for until the grace ends; otherwise the default plan. `validUntil` ends an entitlement with no event at all.
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

/** Whether a saved state is the same as another, so that saving that one would change nothing. */
export function sameSubscription(saved: SubscriptionState, state: SubscriptionState): boolean {
  return STATE_FIELDS.every((field) => saved[field] === state[field]) && hasSamePlans(saved, state);
}

/** One that was saved before the plans were kept is not saved for them alone. */
function hasSamePlans(
  { invoicedPlans: saved }: SubscriptionState,
  { invoicedPlans = {} }: SubscriptionState,
) {
  if (!saved) return true;
  const prices = Object.keys(invoicedPlans);
  const isSame = prices.every((priceId) => saved[priceId] === invoicedPlans[priceId]);
  return isSame && Object.keys(saved).length === prices.length;
}

/** Fields that are compared by themselves. */
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
