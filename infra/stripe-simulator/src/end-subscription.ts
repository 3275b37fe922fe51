import { dropInvoiceTasks } from './invoice-tasks.ts';
import { recordChange, recordEvent } from './record-event.ts';
import type { StoredSubscription } from './stored-objects.ts';
import { hasEnded } from './subscription-object.ts';
import { dropSubscriptionTasks } from './subscription-tasks.ts';
import type { World } from './world.ts';

/**
 * Ends a subscription now. Its open invoices stay open, but nothing collects them any more.
 *
 * @param reason what `cancellation_details` says; as before when absent, which is how a planned end says who asked for it
 */
export function endSubscription(
  world: World,
  subscription: StoredSubscription,
  reason?: 'cancellation_requested' | 'payment_failed',
): void {
  if (hasEnded(subscription)) return;
  const now = world.timelineOf(subscription).now();
  // One that never began does not end as one that was canceled.
  subscription.status = subscription.status === 'incomplete' ? 'incomplete_expired' : 'canceled';
  subscription.ended_at = now;
  if (reason) {
    subscription.canceled_at = now;
    if (subscription.cancellation_details) subscription.cancellation_details.reason = reason;
  }
  subscription.pause_collection = null;
  delete subscription.status_details;
  dropSubscriptionTasks(world, subscription);
  world.pendingLines.delete(subscription.id);
  stopCollecting(world, subscription);
  recordEvent(world, 'customer.subscription.deleted', subscription);
}

function stopCollecting(world: World, subscription: StoredSubscription): void {
  for (const invoice of world.invoices.inGroup(subscription.id).newestFirst()) {
    if (invoice.status !== 'draft' && invoice.status !== 'open') continue;
    dropInvoiceTasks(world, invoice);
    recordChange(world, 'invoice.updated', invoice, () => {
      invoice.auto_advance = false;
      invoice.automatically_finalizes_at = null;
      invoice.next_payment_attempt = null;
    });
  }
}
