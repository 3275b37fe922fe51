import type Stripe from 'stripe';
import type { ApiError } from '../calls/errors.ts';
import { payingCard, refusal } from '../customers/charge.ts';
import { DAY } from '../time/calendar.ts';
import { recordChange, recordEvent } from '../world/record-event.ts';
import type { StoredCustomer, StoredInvoice, StoredSubscription } from '../world/stored-objects.ts';
import type { World } from '../world/world.ts';
import { cancelInvoiceTasks, scheduleInvoiceTask } from './invoice-tasks.ts';
import { paymentFailed, paymentNoLongerDue, paymentSucceeded } from './subscription-payment.ts';

interface Parties {
  readonly customer: StoredCustomer;
  readonly subscription: StoredSubscription;
}

/** The customer of an invoice; undefined if deleted, and then nothing is collected. */
function partiesOf(world: World, invoice: StoredInvoice): Parties | undefined {
  const customer = world.customers.get(invoice.customer);
  const subscription = world.subscriptions.get(invoice.parent.subscription_details.subscription);
  return customer && subscription ? { customer, subscription } : undefined;
}

/** Finalizes a draft: assigns its number and applies the customer's credit. */
export function finalizeInvoice(world: World, invoice: StoredInvoice): void {
  const customer = world.customers.get(invoice.customer);
  const now = world.main.now();
  cancelInvoiceTasks(world, invoice);
  if (customer) applyBalance(world, customer, invoice);
  invoice.status = 'open';
  invoice.automatically_finalizes_at = null;
  invoice.next_payment_attempt = null;
  invoice.effective_at = now;
  invoice.status_transitions.finalized_at = now;
  if (customer) {
    invoice.number = `${customer.invoice_prefix}-${String(customer.next_invoice_sequence++).padStart(4, '0')}`;
  }
  const token = `test_${world.ids.characters(64)}`;
  invoice.hosted_invoice_url = `https://invoice.stripe.com/i/${world.ids.account}/${token}?s=ap`;
  invoice.invoice_pdf = `https://pay.stripe.com/invoice/${world.ids.account}/${token}/pdf?s=ap`;
  recordEvent(world, 'invoice.finalized', invoice);
}

/** Turns a negative total into credit, or pays from credit before the card. */
function applyBalance(world: World, customer: StoredCustomer, invoice: StoredInvoice): void {
  invoice.starting_balance = customer.balance;
  const due = Math.max(0, invoice.total + customer.balance);
  const balance = invoice.total + customer.balance - due;
  invoice.amount_due = due;
  invoice.amount_remaining = due;
  invoice.ending_balance = balance;
  recordChange(world, 'customer.updated', customer, () => {
    customer.balance = balance;
  });
}

/**
 * Tries to collect an open invoice. Returns the error, or undefined if the invoice is paid.
 *
 * @param card a payment method for this attempt alone
 * @param isAutomatic whether further attempts follow by the retry schedule
 */
export function attemptPayment(
  world: World,
  invoice: StoredInvoice,
  { card, isAutomatic = false }: { card?: string | undefined; isAutomatic?: boolean } = {},
): ApiError | undefined {
  const parties = partiesOf(world, invoice);
  if (!parties) return undefined;
  if (invoice.amount_due === 0) {
    settle(world, invoice, parties, null);
    return undefined;
  }
  const error = refusal(world, { ...parties, card });
  if (error) fail(world, invoice, parties, isAutomatic);
  else settle(world, invoice, parties, payingCard({ ...parties, card }));
  return error;
}

/** Marks an open invoice as paid without a card. */
export function payOutOfBand(world: World, invoice: StoredInvoice): void {
  const parties = partiesOf(world, invoice);
  if (parties) settle(world, invoice, parties, null);
}

function settle(world: World, invoice: StoredInvoice, parties: Parties, card: string | null): void {
  const { customer, subscription } = parties;
  const now = world.main.now();
  cancelInvoiceTasks(world, invoice);
  recordChange(world, 'invoice.updated', invoice, () => {
    invoice.status = 'paid';
    invoice.attempted = true;
    invoice.auto_advance = false;
    // A payment without a charge is no attempt.
    if (card !== null) invoice.attempt_count++;
    invoice.amount_paid = invoice.amount_due;
    invoice.amount_remaining = 0;
    invoice.next_payment_attempt = null;
    invoice.status_transitions.paid_at = now;
  });
  recordEvent(world, 'invoice.paid', invoice);
  recordEvent(world, 'invoice.payment_succeeded', invoice);
  if (card !== null) recordEvent(world, 'invoice_payment.paid', addInvoicePayment(world, invoice));
  setDelinquent(world, customer, false);
  paymentSucceeded(world, subscription, invoice, card);
}

function addInvoicePayment(world: World, invoice: StoredInvoice): Stripe.InvoicePayment {
  const now = world.main.now();
  const payment = {
    id: world.ids.long('invoicePayment', now),
    object: 'invoice_payment',
    amount_paid: invoice.amount_paid,
    amount_requested: invoice.amount_due,
    created: now,
    currency: invoice.currency,
    invoice: invoice.id,
    is_default: true,
    livemode: false,
    payment: { payment_intent: world.ids.long('paymentIntent', now), type: 'payment_intent' },
    status: 'paid',
    status_transitions: { canceled_at: null, paid_at: now },
  } satisfies Stripe.InvoicePayment;
  world.invoicePayments.add(payment);
  return payment;
}

function fail(world: World, invoice: StoredInvoice, parties: Parties, isAutomatic: boolean): void {
  const { customer, subscription } = parties;
  const now = world.main.now();
  const scheduled = invoice.next_payment_attempt;
  const days = isAutomatic ? world.settings.paymentRetryDays[invoice.attempt_count] : undefined;
  // A manual attempt does not change the schedule.
  const retryAt = isAutomatic ? (days === undefined ? null : now + days * DAY) : scheduled;
  const isLast = isAutomatic && retryAt === null;
  recordChange(world, 'invoice.updated', invoice, () => {
    invoice.attempted = true;
    if (isAutomatic || invoice.attempt_count === 0) invoice.attempt_count++;
    invoice.next_payment_attempt = retryAt;
    if (isLast) invoice.auto_advance = false;
  });
  recordEvent(world, 'invoice.payment_failed', invoice);
  setDelinquent(world, customer, true);
  if (isAutomatic && retryAt !== null) scheduleInvoiceTask(world, invoice, 'retry', retryAt);
  paymentFailed(world, subscription, invoice, { isLast });
}

/** Makes the subscription past due when the due date of a sent invoice passes. */
export function markOverdue(world: World, invoice: StoredInvoice): void {
  recordEvent(world, 'invoice.overdue', invoice);
  const parties = partiesOf(world, invoice);
  if (!parties) return;
  setDelinquent(world, parties.customer, true);
  paymentFailed(world, parties.subscription, invoice, { isLast: false });
}

function setDelinquent(world: World, customer: StoredCustomer, delinquent: boolean): void {
  recordChange(world, 'customer.updated', customer, () => {
    customer.delinquent = delinquent;
  });
}

/** Closes an unpaid invoice as void or uncollectible. */
export function closeInvoice(world: World, invoice: StoredInvoice, as: 'void' | 'uncollectible'): void {
  const now = world.main.now();
  cancelInvoiceTasks(world, invoice);
  invoice.status = as;
  invoice.auto_advance = false;
  invoice.next_payment_attempt = null;
  if (as === 'void') {
    invoice.status_transitions.voided_at = now;
    invoice.amount_remaining = 0;
  } else {
    invoice.status_transitions.marked_uncollectible_at = now;
    invoice.status_details = { uncollectible: { reason: 'user_forgiven' } };
  }
  recordEvent(world, as === 'void' ? 'invoice.voided' : 'invoice.marked_uncollectible', invoice);
  const subscription = world.subscriptions.get(invoice.parent.subscription_details.subscription);
  if (subscription) paymentNoLongerDue(world, subscription, invoice);
}
