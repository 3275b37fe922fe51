import type Stripe from 'stripe';
import type { InvoiceTask } from '../world/pending-work.ts';
import { recordEvent } from '../world/record-event.ts';
import type { StoredInvoice, StoredSubscription } from '../world/stored-objects.ts';
import type { Period } from '../world/subscription-request.ts';
import type { World } from '../world/world.ts';
import { attemptPayment, closeInvoice, finalizeInvoice, markOverdue } from './collect-invoice.ts';
import { endUsedDiscounts, withDiscounts } from './discounts.ts';
import { buildInvoice, type InvoiceStart } from './invoice-object.ts';
import { scheduleInvoiceTask } from './invoice-tasks.ts';

interface InvoiceWish {
  readonly reason: InvoiceStart['reason'];
  readonly lines: readonly Stripe.InvoiceLineItem[];
  readonly period: Period;
  /** `now`: final at once, as part of the call. `later`: a draft for an hour, as renewals are. */
  readonly when: 'now' | 'later';
}

/** Puts an invoice next to its subscription, with what was pending for it. No event yet: `announceInvoice` follows. */
export function addInvoice(
  world: World,
  subscription: StoredSubscription,
  { reason, lines, period, when }: InvoiceWish,
): StoredInvoice | undefined {
  const customer = world.customers.get(subscription.customer);
  if (!customer) return undefined;
  const pending = world.pendingLines.get(subscription.id) ?? [];
  world.pendingLines.delete(subscription.id);
  const now = world.main.now();
  const stays = staysDraft(subscription);
  const invoice = buildInvoice(world, customer, subscription, {
    reason,
    lines: withDiscounts(world, subscription, [...pending, ...lines]),
    period,
    finalizesAt: when === 'now' || stays ? null : now + world.settings.invoiceDraftSeconds,
    autoAdvance: !stays,
  });
  world.invoices.add(invoice);
  subscription.latest_invoice = invoice.id;
  endUsedDiscounts(world, subscription, invoice);
  return invoice;
}

/** An unpaid subscription's invoices, and those of a paused collection, are made and then left alone. */
function staysDraft({ status, pause_collection }: StoredSubscription): boolean {
  return status === 'unpaid' || pause_collection?.behavior === 'keep_as_draft';
}

/** Says that an invoice was made, and plans or does what comes next. */
export function announceInvoice(world: World, invoice: StoredInvoice, when: InvoiceWish['when']): void {
  recordEvent(world, 'invoice.created', invoice);
  if (!invoice.auto_advance) return;
  if (when === 'now') {
    finalizeInvoice(world, invoice);
    return;
  }
  scheduleInvoiceTask(world, invoice, 'finalize', invoice.automatically_finalizes_at ?? invoice.created);
}

/** What the planned tasks of an invoice do. */
export const INVOICE_TASK_HANDLERS: Record<InvoiceTask, (world: World, invoice: StoredInvoice) => void> = {
  finalize: advanceDraft,
  retry: (world, invoice) => attemptPayment(world, invoice, { isAutomatic: true }),
  void: (world, invoice) => {
    if (invoice.status === 'open') closeInvoice(world, invoice, 'void');
  },
  overdue: (world, invoice) => {
    if (invoice.status === 'open') markOverdue(world, invoice);
  },
};

/** The end of a draft's hour: final, and collected as the subscription says. */
function advanceDraft(world: World, invoice: StoredInvoice): void {
  const subscription = world.subscriptions.get(invoice.parent.subscription_details.subscription);
  if (invoice.status !== 'draft' || !subscription) return;
  finalizeInvoice(world, invoice);
  const pause = subscription.pause_collection?.behavior;
  if (pause === 'void') closeInvoice(world, invoice, 'void');
  else if (pause === 'mark_uncollectible') closeInvoice(world, invoice, 'uncollectible');
  else collect(world, invoice, { isAutomatic: true });
}

/** Charges an open invoice, or sends it where the subscription says so. What asks for nothing is paid. */
export function collect(world: World, invoice: StoredInvoice, { isAutomatic = false } = {}): void {
  const isSent = invoice.collection_method === 'send_invoice' && invoice.amount_due > 0;
  if (isSent) sendInvoice(world, invoice);
  else attemptPayment(world, invoice, { isAutomatic });
}

function sendInvoice(world: World, invoice: StoredInvoice): void {
  recordEvent(world, 'invoice.sent', invoice);
  if (invoice.status === 'open' && invoice.due_date !== null) {
    scheduleInvoiceTask(world, invoice, 'overdue', invoice.due_date);
  }
}
