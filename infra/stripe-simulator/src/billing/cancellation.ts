import { invalidRequest } from '../calls/errors.ts';
import type { Params } from '../calls/params.ts';
import type { StoredSubscription } from '../world/stored-objects.ts';
import { currentPeriod } from './subscription-object.ts';

const FEEDBACK = [
  'customer_service',
  'low_quality',
  'missing_features',
  'other',
  'switched_service',
  'too_complex',
  'too_expensive',
  'unused',
] as const;

/** When a subscription ends: at the period's end, at a time (seconds), or as before. */
export type Cancellation =
  | { readonly kind: 'period_end' }
  | { readonly kind: 'at'; readonly at: number }
  | { readonly kind: 'period_end_time' }
  | { readonly kind: 'none' };

/** Reads how a call changes the end; undefined if it does not. */
export function readCancellation(params: Params, now: number): Cancellation | undefined {
  const atPeriodEnd = params.boolean('cancel_at_period_end');
  const cancelAt = readCancelAt(params, now);
  if (atPeriodEnd !== undefined && cancelAt !== undefined) {
    throw invalidRequest('You may only specify one of these parameters: cancel_at, cancel_at_period_end.');
  }
  if (atPeriodEnd === undefined) return cancelAt;
  return { kind: atPeriodEnd ? 'period_end' : 'none' };
}

function readCancelAt(params: Params, now: number): Cancellation | undefined {
  if (params.clearableText('cancel_at') === null) return { kind: 'none' };
  const word = params.text('cancel_at');
  if (word === 'min_period_end' || word === 'max_period_end') return { kind: 'period_end_time' };
  const at = params.integer('cancel_at');
  if (at === undefined) return undefined;
  if (at <= now)
    throw invalidRequest('`cancel_at` must be a timestamp in the future.', { param: 'cancel_at' });
  return { kind: 'at', at };
}

/** Sets the fields that Stripe sets when an end is scheduled or undone. The subscription runs until then. */
export function planEnd(subscription: StoredSubscription, cancellation: Cancellation, now: number): void {
  const isPlanned = cancellation.kind !== 'none';
  subscription.cancel_at_period_end = cancellation.kind === 'period_end';
  subscription.cancel_at = isPlanned
    ? cancellation.kind === 'at'
      ? cancellation.at
      : currentPeriod(subscription).end
    : null;
  subscription.canceled_at = isPlanned ? now : null;
  if (subscription.cancellation_details) {
    subscription.cancellation_details.reason = isPlanned ? 'cancellation_requested' : null;
  }
}

/** Reads the customer's reason for cancelling. */
export function readCancellationDetails(params: Params): (subscription: StoredSubscription) => void {
  const details = params.object('cancellation_details');
  const comment = details?.clearableText('comment');
  const feedback = details?.oneOf('feedback', FEEDBACK);
  return ({ cancellation_details }) => {
    if (!cancellation_details) return;
    if (comment !== undefined) cancellation_details.comment = comment;
    if (feedback !== undefined) cancellation_details.feedback = feedback;
  };
}
