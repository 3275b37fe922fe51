import { recordChange, recordEvent } from '../world/record-event.ts';
import type { StoredSubscription } from '../world/stored-objects.ts';
import type { World } from '../world/world.ts';
import { cancelInvoiceTasks } from './invoice-tasks.ts';
import { hasEnded } from './subscription-object.ts';
import { cancelSubscriptionTasks } from './subscription-tasks.ts';

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
  const now = world.main.now();
  // One that never began does not end as one that was canceled.
  subscription.status = subscription.status === 'incomplete' ? 'incomplete_expired' : 'canceled';
  subscription.ended_at = now;
  if (reason) {
    subscription.canceled_at = now;
    if (subscription.cancellation_details) subscription.cancellation_details.reason = reason;
  }
  subscription.pause_collection = null;
  delete subscription.status_details;
  cancelSubscriptionTasks(world, subscription);
  world.pendingLines.delete(subscription.id);
  stopCollecting(world, subscription);
  recordEvent(world, 'customer.subscription.deleted', subscription);
}

function stopCollecting(world: World, subscription: StoredSubscription): void {
  for (const invoice of world.invoices.inGroup(subscription.id).newestFirst()) {
    if (invoice.status !== 'draft' && invoice.status !== 'open') continue;
    cancelInvoiceTasks(world, invoice);
    recordChange(world, 'invoice.updated', invoice, () => {
      invoice.auto_advance = false;
      invoice.automatically_finalizes_at = null;
      invoice.next_payment_attempt = null;
    });
  }
}
