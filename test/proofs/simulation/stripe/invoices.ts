import type {
  StripeInvoice,
  StripeInvoiceLine,
} from '../../../../shared/domain/subscriptions/stripe-invoice.ts';
import type { StripeSubscription } from '../../../../shared/domain/subscriptions/stripe-subscription.ts';
import { PRICES, type PriceId } from './prices.ts';

/** The parameters of an invoice. Times are epoch seconds, amounts cents. */
export interface InvoiceRequest {
  readonly id: string;
  readonly at: number;
  readonly reason: 'subscription_create' | 'subscription_cycle' | 'subscription_update';
  readonly lines: readonly StripeInvoiceLine[];
  /** `draft`: not collected. */
  readonly outcome: 'paid' | 'failed' | 'draft';
  /** Customer balance, used before money. */
  readonly balance?: number;
}

export interface LineWish {
  readonly priceId: PriceId;
  readonly amount: number;
  readonly period: { readonly start: number; readonly end: number };
  readonly isProration?: boolean;
  /** Share of the amount that a coupon takes off, in percent. */
  readonly percentOff?: number;
}

export function line({
  priceId,
  amount,
  period,
  isProration = false,
  percentOff = 0,
}: LineWish): StripeInvoiceLine {
  const off = isProration ? 0 : Math.round((amount * percentOff) / 100);
  return {
    amount,
    discount_amounts: off > 0 ? [{ amount: off }] : [],
    period,
    quantity: 1,
    pricing: { price_details: { price: priceId }, unit_amount_decimal: String(PRICES[priceId].amount) },
    parent: { subscription_item_details: { proration: isProration }, invoice_item_details: null },
  };
}

export function invoice({ id, at, reason, lines, outcome, balance = 0 }: InvoiceRequest): StripeInvoice {
  const total = lines.reduce(
    (sum, { amount, discount_amounts }) => sum + amount - (discount_amounts?.[0]?.amount ?? 0),
    0,
  );
  const due = Math.max(0, total - balance);
  const isPaid = outcome === 'paid' || (outcome === 'failed' && due === 0);
  return {
    id,
    status: outcome === 'draft' ? 'draft' : isPaid ? 'paid' : 'open',
    created: at,
    billing_reason: reason,
    collection_method: 'charge_automatically',
    due_date: null,
    attempt_count: outcome === 'failed' && due > 0 ? 1 : 0,
    amount_due: due,
    amount_paid: isPaid ? due : 0,
    amount_remaining: isPaid ? 0 : due,
    pre_payment_credit_notes_amount: 0,
    total,
    status_transitions: { finalized_at: outcome === 'draft' ? null : at },
    lines: { data: lines },
  };
}

/** A subscription with one more invoice, the newest. */
export function billedBy(subscription: StripeSubscription, made: StripeInvoice): StripeSubscription {
  const { invoices = [] } = subscription;
  return { ...subscription, latest_invoice: made.id, invoices: [made, ...invoices] };
}

/** With one of its invoices paid by money. */
export function withPaid(
  subscription: StripeSubscription,
  invoiceId: string | undefined,
): StripeSubscription {
  const invoices = (subscription.invoices ?? []).map(
    (one): StripeInvoice =>
      one.id === invoiceId && one.status !== 'paid'
        ? { ...one, status: 'paid', amount_paid: one.amount_due, amount_remaining: 0 }
        : one,
  );
  return { ...subscription, invoices };
}

export function latestOf({ latest_invoice, invoices = [] }: StripeSubscription): StripeInvoice | undefined {
  return invoices.find(({ id }) => id === latest_invoice);
}

/** Customer balance: the sum of negative invoices, less the part that later ones used. */
export function creditOf({ invoices = [] }: StripeSubscription): number {
  return invoices.reduce((sum, { total, amount_due }) => sum - total + amount_due, 0);
}
