import type { StripeInvoice, StripeInvoiceLine } from '../../shared/domain/subscriptions/stripe-invoice.ts';

export const DAY = 86_400;
/** Start of the current period of all sample invoices, and its end. Epoch seconds. */
export const PERIOD = { start: Date.UTC(2033, 1, 1) / 1_000, end: Date.UTC(2033, 2, 1) / 1_000 } as const;

export interface SampleLine {
  readonly price?: string;
  readonly amount: number;
  readonly discount?: number;
  readonly period?: { readonly start: number; readonly end: number };
  /** Whether it is for a change within a period. */
  readonly proration?: boolean;
  /** The amount of the price; @default the amount of the line */
  readonly unitAmount?: number;
}

/** A line as Stripe's API sends it: of a whole period, unless it is a proration. */
export function sampleLine({
  price = 'price_solo',
  amount,
  discount = 0,
  period = PERIOD,
  proration = false,
  unitAmount = Math.abs(amount),
}: SampleLine): StripeInvoiceLine {
  return {
    amount,
    discount_amounts: discount === 0 ? [] : [{ amount: discount }],
    period,
    quantity: 1,
    pricing: { price_details: { price }, unit_amount_decimal: String(unitAmount) },
    parent: { subscription_item_details: { proration }, invoice_item_details: null },
  };
}

export interface SampleInvoice {
  readonly id?: string;
  readonly status?: 'paid' | 'open' | 'draft' | 'void' | 'uncollectible';
  /** Days after the period began. */
  readonly day?: number;
  readonly lines: readonly SampleLine[];
  /** @default the whole amount of a paid invoice, 0 for any other */
  readonly paid?: number;
  /** Paid out of band: `paid` does not include it. */
  readonly isOutOfBand?: boolean;
  readonly creditNotes?: number;
  /** Days after the period began; for a sent invoice. */
  readonly dueDay?: number;
  readonly attempts?: number;
  readonly reason?: string;
}

/** An invoice as Stripe's API sends it. */
export function sampleInvoice(sample: SampleInvoice): StripeInvoice {
  const { day = 0, status = 'paid', dueDay, reason = 'subscription_update', isOutOfBand = false } = sample;
  const total = sample.lines.reduce((sum, { amount, discount = 0 }) => sum + amount - discount, 0);
  const asked = Math.max(0, total);
  const paid = isOutOfBand ? 0 : (sample.paid ?? (status === 'paid' ? asked : 0));
  // Customer balance covers the rest, after money and payments out of band.
  const due = status === 'paid' && !isOutOfBand ? paid : asked;
  const created = PERIOD.start + day * DAY;
  return {
    id: sample.id ?? `in_${day}`,
    status,
    created,
    billing_reason: reason,
    collection_method: dueDay === undefined ? 'charge_automatically' : 'send_invoice',
    due_date: dueDay === undefined ? null : PERIOD.start + dueDay * DAY,
    attempt_count: sample.attempts ?? (status === 'open' && dueDay === undefined ? 1 : 0),
    amount_due: due,
    amount_paid: paid,
    amount_remaining: due - paid,
    pre_payment_credit_notes_amount: sample.creditNotes ?? 0,
    total,
    status_transitions: { finalized_at: status === 'draft' ? null : created + 60 },
    lines: { data: sample.lines.map(sampleLine) },
  };
}

/** The first period of a subscription, paid. */
export function firstPaid(amount = 2_000, price = 'price_solo'): StripeInvoice {
  return sampleInvoice({ id: 'in_first', reason: 'subscription_create', lines: [{ amount, price }] });
}

/**
 * A change of price within the period, `day` days after it began: the credit of the old price and the debit
 * of the new one.
 */
export function change(sample: Omit<SampleInvoice, 'lines'>, credit: number, debit: number): StripeInvoice {
  const period = { start: PERIOD.start + (sample.day ?? 0) * DAY, end: PERIOD.end };
  return sampleInvoice({
    ...sample,
    lines: [
      { price: 'price_solo', amount: -credit, proration: true, period },
      { price: 'price_team', amount: debit, proration: true, period },
    ],
  });
}
