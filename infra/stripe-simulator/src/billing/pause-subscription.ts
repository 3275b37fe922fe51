import type { Call } from '../calls/call.ts';
import { invalidRequest } from '../calls/errors.ts';
import type { Params } from '../calls/params.ts';
import { periodEnd } from '../time/calendar.ts';
import { recordChange, recordEvent } from '../world/record-event.ts';
import type { StoredSubscription } from '../world/stored-objects.ts';
import { lineOfPeriod } from './invoice-lines.ts';
import { scheduleInvoiceTask } from './invoice-tasks.ts';
import { prorateRest } from './prorations.ts';
import { billingIntervalOf, INCOMPLETE_FOR, markPaused, scheduleSubscription } from './subscription-cycle.ts';
import { addInvoice, announceInvoice, collect } from './subscription-invoice.ts';
import { currentPeriod, setPeriod } from './subscription-object.ts';
import { markResumed } from './subscription-payment.ts';

/**
 * Pauses a subscription: no periods and no invoices until it is resumed.
 *
 * Source: "Pause subscriptions", Stripe's documentation.
 */
export function pauseSubscription(
  { world, params }: Call,
  subscription: StoredSubscription,
): StoredSubscription {
  params.oneOf('type', ['subscription']);
  const invoicing = params.oneOf('invoicing_behavior', ['invoice', 'pending_invoice_item']);
  const unused = params.object('bill_for')?.object('unused_time_from')?.oneOf('type', ['none', 'now']);
  params.done();
  if (subscription.billing_mode.type !== 'flexible') {
    throw invalidRequest('Pausing a subscription requires `billing_mode[type]=flexible`.');
  }
  if (subscription.status !== 'active') {
    throw invalidRequest(`You cannot pause a subscription with the status \`${subscription.status}\`.`);
  }
  const now = world.main.now();
  if (unused !== 'none') prorateRest(world, subscription);
  recordChange(world, 'customer.subscription.updated', subscription, () => {
    setPeriod(subscription, { start: currentPeriod(subscription).start, end: now });
    markPaused(subscription, 'pause_requested', now);
  });
  recordEvent(world, 'customer.subscription.paused', subscription);
  const hasPending = world.pendingLines.has(subscription.id);
  if (invoicing === 'invoice' && hasPending) invoicePending(world, subscription);
  scheduleSubscription(world, subscription);
  return subscription;
}

function invoicePending(world: Call['world'], subscription: StoredSubscription): void {
  const period = currentPeriod(subscription);
  const invoice = addInvoice(world, subscription, {
    reason: 'subscription_update',
    lines: [],
    period,
    when: 'now',
  });
  if (!invoice) return;
  announceInvoice(world, invoice, 'now');
  collect(world, invoice);
}

/** Only a new period that starts now is simulated; `unchanged` would restore the old one. */
function readAnchor(params: Params): void {
  params.object('billing_cycle_anchor')?.oneOf('type', ['now']);
}

/**
 * Ends a pause: a new period starts now and is invoiced. The subscription becomes active when that invoice is
 * paid; if it is not paid within 23 hours, it is voided and the pause continues.
 */
export function resumeSubscription(
  { world, params }: Call,
  subscription: StoredSubscription,
): StoredSubscription {
  readAnchor(params);
  const behaviour = params.oneOf('payment_behavior', [
    'resume_on_payment_attempt',
    'resume_on_payment_success',
  ]);
  params.oneOf('proration_behavior', ['always_invoice', 'create_prorations', 'none']);
  params.done();
  if (subscription.status !== 'paused') {
    throw invalidRequest(
      `Only paused subscriptions can be resumed. Subscription ${subscription.id} has the status \`${subscription.status}\`.`,
    );
  }
  const now = world.main.now();
  const former = currentPeriod(subscription);
  let invoice: ReturnType<typeof addInvoice>;
  recordChange(world, 'customer.subscription.updated', subscription, () => {
    subscription.billing_cycle_anchor = now;
    const period = { start: now, end: periodEnd(now, billingIntervalOf(subscription), now) };
    setPeriod(subscription, period);
    const lines = subscription.items.data.map((item) => lineOfPeriod(world, subscription, item, period));
    invoice = addInvoice(world, subscription, {
      reason: 'subscription_update',
      lines,
      period: former,
      when: 'now',
    });
    if (!invoice || invoice.amount_due === 0) markResumed(subscription);
  });
  scheduleSubscription(world, subscription);
  if (!invoice) return subscription;
  const resumption = invoice;
  announceInvoice(world, resumption, 'now');
  if (subscription.status === 'active') recordEvent(world, 'customer.subscription.resumed', subscription);
  scheduleInvoiceTask(world, resumption, 'void', now + INCOMPLETE_FOR);
  if (behaviour === 'resume_on_payment_success' || resumption.amount_due === 0) collect(world, resumption);
  return subscription;
}
