/**
 * The part of Stripe's invoice that determines what was paid for. Amounts are in the currency's smallest
 * unit, times epoch seconds.
 */
export interface StripeInvoice {
  readonly id: string;
  readonly status: string | null;
  readonly created: number;
  /** `subscription_cycle`: a renewal. */
  readonly billing_reason: string | null;
  readonly collection_method: string;
  /** Only for an invoice that is sent; one that is charged automatically has none. */
  readonly due_date: number | null;
  readonly attempt_count: number;
  /** After discounts, prorations and customer balance. */
  readonly amount_due: number;
  readonly amount_paid: number;
  readonly amount_remaining: number;
  /** Credit notes that reduced what was due. */
  readonly pre_payment_credit_notes_amount: number;
  /** After discounts and prorations, before customer balance. */
  readonly total: number;
  readonly status_transitions: { readonly finalized_at: number | null };
  readonly lines: { readonly data: readonly StripeInvoiceLine[] };
}

export interface StripeInvoiceLine {
  /** Before discounts; a credit is negative. */
  readonly amount: number;
  readonly discount_amounts: readonly { readonly amount: number }[] | null;
  readonly period: { readonly start: number; readonly end: number };
  readonly quantity: number | null;
  readonly pricing: {
    readonly price_details?: { readonly price: string | { readonly id: string } };
    /** A decimal number, as text or as the SDK's object. */
    readonly unit_amount_decimal: { toString(): string } | null;
  } | null;
  readonly parent: {
    readonly subscription_item_details: { readonly proration: boolean } | null;
    readonly invoice_item_details: { readonly proration: boolean } | null;
  } | null;
}

/**
 * Returns the money that paid an invoice. Neither a discount nor customer balance is money. A paid invoice
 * without a charge was paid out of band.
 */
export function moneyPaid(invoice: StripeInvoice): number {
  const { status, amount_paid, amount_due, pre_payment_credit_notes_amount: credited } = invoice;
  if (amount_paid > 0 || status !== 'paid') return amount_paid;
  return Math.max(0, amount_due - credited);
}

export function priceIdOf({ pricing }: StripeInvoiceLine): string | undefined {
  const price = pricing?.price_details?.price;
  return typeof price === 'string' ? price : price?.id;
}

/** Whether a line charges for a whole period in advance, rather than for a change within one. */
export function isPeriodLine({ parent }: StripeInvoiceLine): boolean {
  return parent?.subscription_item_details?.proration === false;
}

/** Whether a line charges or credits the rest of a period. */
export function isProration({ parent }: StripeInvoiceLine): boolean {
  return (parent?.subscription_item_details ?? parent?.invoice_item_details)?.proration === true;
}

/**
 * Whether a line is for a trial: its amount is 0 although its price is above 0 and no discount applies.
 *
 * @param trialEnd end of the subscription's latest trial
 */
export function isTrialLine(line: StripeInvoiceLine, trialEnd: number | null): boolean {
  if (line.amount !== 0 || isProration(line)) return false;
  const isInTrial = trialEnd !== null && line.period.end <= trialEnd;
  return isInTrial || Number(line.pricing?.unit_amount_decimal?.toString() ?? 0) * (line.quantity ?? 1) > 0;
}

/** Returns the amount of a line after its discounts. */
export function priceAfterDiscounts({ amount, discount_amounts }: StripeInvoiceLine): number {
  return amount - (discount_amounts ?? []).reduce((sum, discount) => sum + discount.amount, 0);
}

/**
 * Returns when payment was demanded (epoch seconds): the due date of an invoice that is sent, otherwise its
 * finalization, when it is charged.
 */
export function demandedAt({ due_date, status_transitions, created }: StripeInvoice): number {
  return due_date ?? status_transitions.finalized_at ?? created;
}
