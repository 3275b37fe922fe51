import type { StripeInvoice } from '../../../../shared/domain/subscriptions/stripe-invoice.ts';
import type {
  PlanOfPrice,
  StripeSubscription,
} from '../../../../shared/domain/subscriptions/stripe-subscription.ts';
import { priceOf } from './billed-items.ts';
import { PRICES, type PriceId } from './prices.ts';

const GRACE_SECONDS = 7 * 86_400;

/** Whether a status of Stripe may grant anything. */
export function mayGrant(status: string): boolean {
  return status === 'active' || status === 'trialing' || status === 'past_due';
}

/**
 * The purchases in a subscription's invoices: a second implementation, by the table of docs/stripe.md alone.
 * Epoch seconds.
 */
interface Bought {
  readonly priceId: PriceId;
  readonly until: number;
}

/** Since when an invoice is unpaid, and the purchase before it. */
interface Debt {
  readonly since: number;
  readonly before: Bought | undefined;
}

/** A subscription's grant: the paid price, and its end (epoch ms). */
export function granted(
  subscription: StripeSubscription,
  named: PlanOfPrice,
): { priceId: PriceId; untilMs: number } | undefined {
  const { status, cancel_at } = subscription;
  if (!mayGrant(status)) return undefined;
  const endMs = cancel_at === null ? Number.POSITIVE_INFINITY : cancel_at * 1_000;
  const debt = debtOf(subscription, named);
  if (!debt) return { priceId: priceOf(subscription), untilMs: endMs };
  if (!debt.before) return undefined;
  const graceMs = Math.max(debt.before.until, debt.since + GRACE_SECONDS) * 1_000;
  return { priceId: debt.before.priceId, untilMs: Math.min(endMs, graceMs) };
}

/** Processes the invoices in order of creation, as a bookkeeper does. */
export function debtOf(
  { status, latest_invoice, invoices = [] }: StripeSubscription,
  named: PlanOfPrice,
): Debt | undefined {
  if (status === 'trialing') return undefined;
  let bought: Bought | undefined;
  let debt: Debt | undefined;
  let owed = 0;
  for (const invoice of [...invoices].reverse()) {
    const isCharged = status === 'past_due' || invoice.id !== latest_invoice;
    if (invoice.status === 'paid') {
      if (debt && pays(invoice, owed)) [debt, owed] = [undefined, 0];
      const now = boughtBy(invoice, named);
      if (now) bought = now === 'given back' ? undefined : now;
    } else if (invoice.status === 'open' && isCharged) {
      debt ??= { since: invoice.status_transitions.finalized_at ?? invoice.created, before: bought };
      owed += invoice.amount_due;
    }
  }
  return debt;
}

function pays(invoice: StripeInvoice, owed: number): boolean {
  const asked = pricePaidFor(invoice) ?? Math.max(0, invoice.total) + owed;
  return invoice.amount_paid > 0 && invoice.amount_paid * 2 >= asked;
}

/** The price of a whole period after its coupon; `undefined` for an invoice of a change within one. */
export function pricePaidFor({ lines }: StripeInvoice): number | undefined {
  const [whole] = lines.data.filter(({ parent }) => parent?.subscription_item_details?.proration === false);
  return whole && whole.amount - (whole.discount_amounts?.[0]?.amount ?? 0);
}

/** A price without a plan buys nothing; a credit for a plan's price, without a new one, returns it. */
function boughtBy({ lines }: StripeInvoice, named: PlanOfPrice): Bought | 'given back' | undefined {
  const own = lines.data.flatMap(({ pricing, amount, period }) => {
    const priceId = pricing?.price_details?.price as PriceId; // made by the simulated Stripe
    return named.has(priceId) ? [{ priceId, amount, until: period.end }] : [];
  });
  const last = own.at(-1);
  if (!last) return undefined;
  if (last.amount < 0) return 'given back';
  return last.amount === 0 && PRICES[last.priceId].amount > 0 ? undefined : last;
}

/** Whether any of a user's subscriptions grants a plan at a moment (epoch ms). */
export function isPaidFor(
  list: readonly StripeSubscription[],
  planOfPrice: PlanOfPrice,
  planId: string,
  atMs: number,
): boolean {
  return list.some((subscription) => {
    const right = granted(subscription, planOfPrice);
    return right !== undefined && planOfPrice.get(right.priceId) === planId && atMs < right.untilMs;
  });
}
