/** The part of Stripe's invoice that says since when something is unpaid. Times are epoch seconds. */
export interface StripeInvoice {
  readonly id: string;
  readonly status: string | null;
  readonly created: number;
  /** Of an invoice that is sent; one that is charged by itself has none. */
  readonly due_date: number | null;
  readonly status_transitions: { readonly finalized_at: number | null };
}

/**
 * Since when a subscription that is past due is unpaid (epoch seconds): since the first invoice after the last one that
 * was paid. So a renewal that fails as well does not begin the grace anew, and a change that failed in the middle of a
 * period has the whole of it. A function of what Stripe says alone: whoever looks, whenever, finds the same instant.
 *
 * An invoice that was given up counts as unpaid, one that was voided does not count.
 *
 * @param newestFirst invoices of the subscription
 * @param latestId the invoice that made it past due, also where it was paid since the subscription was looked at
 */
export function unpaidSince(newestFirst: readonly StripeInvoice[], latestId: string): number | undefined {
  const latestAt = newestFirst.findIndex(({ id }) => id === latestId);
  let since: number | undefined;
  for (const invoice of newestFirst.slice(Math.max(0, latestAt))) {
    if (invoice.status === 'paid' && invoice.id !== latestId) break;
    if (invoice.status !== 'draft' && invoice.status !== 'void') since = dueAt(invoice);
  }
  return since;
}

/** A charge is tried when the invoice is made final, an hour after a renewal and at once for a change. */
function dueAt({ due_date, status_transitions, created }: StripeInvoice): number {
  return due_date ?? status_transitions.finalized_at ?? created;
}
