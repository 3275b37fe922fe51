import type Stripe from 'stripe';
import { firstPage } from '../calls/list-page.ts';
import { DAY } from '../time/calendar.ts';
import type { StoredCustomer, StoredInvoice, StoredSubscription } from '../world/stored-objects.ts';
import type { Period } from '../world/subscription-request.ts';
import type { World } from '../world/world.ts';
import { netOf } from './discounts.ts';

export interface InvoiceStart {
  readonly reason: 'subscription_create' | 'subscription_cycle' | 'subscription_update';
  readonly lines: readonly Stripe.InvoiceLineItem[];
  readonly period: Period;
  /** When a draft is finalized automatically; null: at once, or never. */
  readonly finalizesAt: number | null;
  readonly autoAdvance: boolean;
}

/** Builds a draft with every field that Stripe sends, in its order. */
export function buildInvoice(
  world: World,
  customer: StoredCustomer,
  subscription: StoredSubscription,
  { reason, lines, period, finalizesAt, autoAdvance }: InvoiceStart,
): StoredInvoice {
  const now = world.main.now();
  const id = world.ids.long('invoice', now);
  const subtotal = lines.reduce((sum, line) => sum + line.amount, 0);
  const total = lines.reduce((sum, line) => sum + netOf(line), 0);
  const due = Math.max(0, total);
  const ownLines = lines.map((line) => ({ ...line, invoice: id }));
  world.invoiceLines.set(id, ownLines);
  const dueDays = subscription.days_until_due;
  return {
    id,
    object: 'invoice',
    account_country: 'US',
    account_name: 'Simulator',
    account_tax_ids: null,
    amount_due: due,
    amount_overpaid: 0,
    amount_paid: 0,
    amount_remaining: due,
    amount_shipping: 0,
    application: null,
    attempt_count: 0,
    attempted: false,
    auto_advance: autoAdvance,
    automatic_tax: { disabled_reason: null, enabled: false, liability: null, provider: null, status: null },
    automatically_finalizes_at: finalizesAt,
    billing_reason: reason,
    collection_method: subscription.collection_method,
    created: now,
    currency: subscription.currency,
    custom_fields: null,
    customer: customer.id,
    customer_account: null,
    customer_address: null,
    customer_email: customer.email,
    customer_name: customer.name ?? null,
    customer_phone: customer.phone ?? null,
    customer_shipping: null,
    customer_tax_exempt: 'none',
    customer_tax_ids: [],
    default_payment_method: null,
    default_source: null,
    default_tax_rates: [],
    description: null,
    discounts: [...subscription.discounts],
    due_date: dueDays === null ? null : now + dueDays * DAY,
    effective_at: null,
    ending_balance: null,
    footer: null,
    from_invoice: null,
    hosted_invoice_url: null,
    invoice_pdf: null,
    issuer: { type: 'self' },
    last_finalization_error: null,
    latest_revision: null,
    lines: firstPage(ownLines, `/v1/invoices/${id}/lines`),
    livemode: false,
    metadata: {},
    next_payment_attempt: finalizesAt,
    number: null,
    on_behalf_of: null,
    parent: {
      quote_details: null,
      subscription_details: { metadata: subscription.metadata, subscription: subscription.id },
      type: 'subscription_details',
    },
    payment_settings: { default_mandate: null, payment_method_options: null, payment_method_types: null },
    period_end: period.end,
    period_start: period.start,
    post_payment_credit_notes_amount: 0,
    pre_payment_credit_notes_amount: 0,
    receipt_number: null,
    rendering: null,
    shipping_cost: null,
    shipping_details: null,
    starting_balance: customer.balance,
    statement_descriptor: null,
    status: 'draft',
    status_transitions: { finalized_at: null, marked_uncollectible_at: null, paid_at: null, voided_at: null },
    subtotal,
    subtotal_excluding_tax: subtotal,
    test_clock: null,
    total,
    total_discount_amounts: totalDiscounts(lines),
    total_excluding_tax: total,
    total_pretax_credit_amounts: [],
    total_taxes: [],
    // Set after delivery; at once if no endpoint is subscribed.
    webhooks_delivered_at: world.webhookEndpoints.size === 0 ? now : null,
  } satisfies Stripe.Invoice;
}

/** Sums the discount amounts of all lines by discount. */
function totalDiscounts(lines: readonly Stripe.InvoiceLineItem[]): Stripe.Invoice.TotalDiscountAmount[] {
  const totals = new Map<string, number>();
  for (const { discount, amount } of lines.flatMap((line) => line.discount_amounts ?? [])) {
    totals.set(String(discount), (totals.get(String(discount)) ?? 0) + amount);
  }
  return [...totals].map(([discount, amount]) => ({ amount, discount }));
}
