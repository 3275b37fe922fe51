import { recordChange, recordEvent } from '../world/record-event.ts';
import type { StoredSubscription } from '../world/stored-objects.ts';
import type { World } from '../world/world.ts';
import { cancelInvoiceTasks } from './invoice-tasks.ts';
import { hasEnded } from './subscription-object.ts';
import { cancelSubscriptionTasks } from './subscription-tasks.ts';

/**
 * Ends a subscription now. Its open invoices stay open and are no longer collected.
 *
 * @param reason for `cancellation_details`; absent: unchanged, since a scheduled end has set it
 */
export function endSubscription(
  world: World,
  subscription: StoredSubscription,
  reason?: 'cancellation_requested' | 'payment_failed',
): void {
  if (hasEnded(subscription)) return;
  const now = world.main.now();
  // A subscription that was never paid expires; it is not canceled.
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
