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
  /** `now`: finalized in the same call. `later`: a draft for an hour, as renewals are. */
  readonly when: 'now' | 'later';
}

/**
 * Creates a subscription's invoice, with the pending lines. Records no event: call `announceInvoice` next.
 */
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

/** Whether an invoice stays uncollected: its subscription is unpaid, or its collection is paused. */
function staysDraft({ status, pause_collection }: StoredSubscription): boolean {
  return status === 'unpaid' || pause_collection?.behavior === 'keep_as_draft';
}

/** Records that an invoice was created, and finalizes it or schedules that. */
export function announceInvoice(world: World, invoice: StoredInvoice, when: InvoiceWish['when']): void {
  recordEvent(world, 'invoice.created', invoice);
  if (!invoice.auto_advance) return;
  if (when === 'now') {
    finalizeInvoice(world, invoice);
    return;
  }
  scheduleInvoiceTask(world, invoice, 'finalize', invoice.automatically_finalizes_at ?? invoice.created);
}

/** Handlers of an invoice's tasks. */
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

/** Finalizes a draft after its hour and collects it. */
function advanceDraft(world: World, invoice: StoredInvoice): void {
  const subscription = world.subscriptions.get(invoice.parent.subscription_details.subscription);
  if (invoice.status !== 'draft' || !subscription) return;
  finalizeInvoice(world, invoice);
  const pause = subscription.pause_collection?.behavior;
  if (pause === 'void') closeInvoice(world, invoice, 'void');
  else if (pause === 'mark_uncollectible') closeInvoice(world, invoice, 'uncollectible');
  else collect(world, invoice, { isAutomatic: true });
}

/** Charges an open invoice, or sends it with `send_invoice`. An amount of 0 counts as paid. */
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
