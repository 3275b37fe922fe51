import type Stripe from 'stripe';
import { isSettledBy } from '../../domain/subscriptions/invoice-standing.ts';
import type { StripeInvoice } from '../../domain/subscriptions/stripe-invoice.ts';
import { statusRule } from '../../domain/subscriptions/stripe-status.ts';
import type { StripeSubscription } from '../../domain/subscriptions/stripe-subscription.ts';
import type { StripeCalls } from './stripe-calls.ts';

/** Stripe's maximum per page. */
const PAGE_SIZE = 100;

/** A subscription with the invoices that decide. Faults are those of `StripeCalls`. */
export async function withInvoices(
  calls: StripeCalls,
  subscription: Stripe.Subscription,
): Promise<StripeSubscription> {
  if (!statusRule(subscription.status).isBilled) return subscription;
  return { ...subscription, invoices: await invoicesOf(calls, subscription) };
}

/** A list shows the latest invoice of each subscription. */
export function withLatestInvoice(subscription: Stripe.Subscription): StripeSubscription {
  const { latest_invoice: latest } = subscription;
  return typeof latest === 'object' && latest !== null
    ? { ...subscription, invoices: [latest] }
    : subscription;
}

/** The newest first, down to the first after which older ones decide nothing: usually one page. */
async function invoicesOf(calls: StripeCalls, subscription: Stripe.Subscription): Promise<StripeInvoice[]> {
  const found: StripeInvoice[] = [];
  for (;;) {
    const after = found.at(-1)?.id;
    const page = await calls.call((stripe) =>
      stripe.invoices.list({
        subscription: subscription.id,
        limit: PAGE_SIZE,
        ...(after !== undefined && { starting_after: after }),
      }),
    );
    for (const invoice of page.data) found.push(await withLines(calls, invoice));
    if (!page.has_more || page.data.length === 0 || isSettledBy(subscription, found)) return found;
  }
}

/** An invoice contains its first ten lines alone. */
async function withLines(calls: StripeCalls, invoice: Stripe.Invoice): Promise<StripeInvoice> {
  const { id, lines } = invoice;
  const data = [...lines.data];
  for (let hasMore = lines.has_more; hasMore; ) {
    const page = await calls.call((stripe) =>
      stripe.invoices.listLineItems(id, {
        limit: PAGE_SIZE,
        ...(data.length > 0 && { starting_after: data.at(-1)?.id ?? '' }),
      }),
    );
    data.push(...page.data);
    hasMore = page.has_more && page.data.length > 0;
  }
  return { ...invoice, lines: { data } };
}
