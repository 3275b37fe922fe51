import { recordChange, recordEvent } from '../world/record-event.ts';
import type { StoredInvoice, StoredSubscription } from '../world/stored-objects.ts';
import type { World } from '../world/world.ts';
import { endSubscription } from './end-subscription.ts';
import { hasEnded } from './subscription-object.ts';

const WAITS_FOR_PAYMENT: readonly string[] = ['incomplete', 'past_due', 'unpaid'];

const isLatest = (subscription: StoredSubscription, invoice: StoredInvoice) =>
  subscription.latest_invoice === invoice.id;

/** Activates a subscription when its latest invoice is paid. */
export function paymentSucceeded(
  world: World,
  subscription: StoredSubscription,
  invoice: StoredInvoice,
  card: string | null,
): void {
  if (hasEnded(subscription)) return;
  const isResumption = subscription.status === 'paused' && isLatest(subscription, invoice);
  recordChange(world, 'customer.subscription.updated', subscription, () => {
    if (WAITS_FOR_PAYMENT.includes(subscription.status) && isLatest(subscription, invoice)) {
      subscription.status = 'active';
    }
    if (isResumption) markResumed(subscription);
    const saves = subscription.payment_settings?.save_default_payment_method === 'on_subscription';
    if (saves && card !== null) subscription.default_payment_method = card;
  });
  if (isResumption) recordEvent(world, 'customer.subscription.resumed', subscription);
}

export function markResumed(subscription: StoredSubscription): void {
  subscription.status = 'active';
  delete subscription.status_details;
}

/** Makes a subscription past due after a failed renewal; after the last attempt, `whenUnpaid` applies. */
export function paymentFailed(
  world: World,
  subscription: StoredSubscription,
  invoice: StoredInvoice,
  { isLast }: { readonly isLast: boolean },
): void {
  const { status } = subscription;
  if (status !== 'active' && status !== 'past_due') return;
  // An older invoice matters only after its last attempt.
  if (!isLatest(subscription, invoice) && !isLast) return;
  if (isLast && world.settings.whenUnpaid === 'cancel') {
    endSubscription(world, subscription, 'payment_failed');
    return;
  }
  recordChange(world, 'customer.subscription.updated', subscription, () => {
    subscription.status = isLast && world.settings.whenUnpaid === 'unpaid' ? 'unpaid' : 'past_due';
  });
}

/** Reactivates a past due subscription after its invoice was voided or marked uncollectible. */
export function paymentNoLongerDue(
  world: World,
  subscription: StoredSubscription,
  invoice: StoredInvoice,
): void {
  const { status } = subscription;
  if ((status !== 'past_due' && status !== 'unpaid') || !isLatest(subscription, invoice)) return;
  recordChange(world, 'customer.subscription.updated', subscription, () => {
    subscription.status = 'active';
  });
}
