import type { ConfirmedInvoice } from '../../../../shared/adapters/stripe/stripe-gateway.ts';
import {
  customerOf,
  latestInvoiceOf,
  type StripeSubscription,
} from '../../../../shared/domain/subscriptions/stripe-subscription.ts';
import type { Turn } from './subscription-life.ts';
import { isLiving } from './subscription-life.ts';

/** The type of a subscription's event, from its previous state. */
export function typeOf(subscription: StripeSubscription, before: StripeSubscription | undefined): string {
  if (!before) return 'created';
  if (!isLiving(subscription)) return 'deleted';
  if (subscription.status === 'paused') return 'paused';
  return before.status === 'paused' ? 'resumed' : 'updated';
}

/** The latest invoice, as in an event. */
export function invoiceOf({ id, customer, latest_invoice }: StripeSubscription): object {
  const money = { amount_paid: 1_000, amount_due: 1_000, currency: 'usd', attempt_count: 1 };
  return { id: latest_invoice, customer, parent: { subscription_details: { subscription: id } }, ...money };
}

/** The latest invoice, as Stripe returns it. */
export function confirmedInvoice(
  subscription: StripeSubscription,
  outcome: NonNullable<Turn['invoice']>,
): [id: string, invoice: ConfirmedInvoice] {
  const status = outcome === 'paid' ? 'paid' : 'open';
  const money = { amountPaid: 1_000, amountDue: 1_000, currency: 'usd', url: null };
  return [latestInvoiceOf(subscription) ?? '', { status, customerId: customerOf(subscription), ...money }];
}
