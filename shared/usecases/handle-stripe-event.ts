import { randomUUID } from 'node:crypto';
import type { StripeEventStore } from '../adapters/dynamodb/stripe-event-store.ts';
import type { SubscriptionStore } from '../adapters/dynamodb/subscription-store.ts';
import { Unavailable } from '../domain/faults.ts';
import { noticeOf, type StripeEvent, type StripeNotice } from '../domain/stripe-event.ts';
import { type ConvergeDeps, type Convergence, convergeSubscription } from './converge-subscription.ts';

export interface HandleStripeEventDeps extends ConvergeDeps {
  readonly stripeEvents: Pick<StripeEventStore, 'claim' | 'finish' | 'release'>;
  readonly subscriptions: ConvergeDeps['subscriptions'] & Pick<SubscriptionStore, 'savePayment'>;
}

/** `ignored`: its type says nothing here. `repeated`: it was handled before. */
export type EventOutcome =
  | { readonly code: 'ignored' | 'repeated' }
  | { readonly code: 'handled'; readonly convergence: Convergence };

/** Stripe repeats a delivery much later than that. */
const BUSY_RETRY_SECONDS = 30;

/**
 * Acts on one of Stripe's events, however often and late it arrives. The event only tells whose subscription to look at.
 *
 * Events of customers that nobody here is, and of prices that no plan names, are answered as handled but not remembered
 * as done: sent again once that is mended, they are acted on. Stripe has nothing to repeat for them until then.
 *
 * @throws Unavailable while another delivery of it is under way, and whenever anything failed, so that Stripe repeats it
 */
export async function handleStripeEvent(
  deps: HandleStripeEventDeps,
  event: StripeEvent,
): Promise<EventOutcome> {
  const notice = noticeOf(event);
  if (!notice) return { code: 'ignored' };
  const holder = randomUUID();
  const claim = await deps.stripeEvents.claim(event.id, holder, deps.now());
  if (claim === 'done') return { code: 'repeated' };
  if (claim === 'busy') {
    throw new Unavailable('another delivery of this event is under way', {
      retryAfterSeconds: BUSY_RETRY_SECONDS,
    });
  }
  try {
    const convergence = await convergeSubscription(deps, notice);
    await savePayment(deps, notice, convergence);
    if (isSettled(convergence)) await deps.stripeEvents.finish(event.id, deps.now());
    else await deps.stripeEvents.release(event.id, holder);
    return { code: 'handled', convergence };
  } catch (error) {
    // Should this fail too, the claim ends by itself, and before Stripe's next try.
    await deps.stripeEvents.release(event.id, holder).catch(() => {});
    throw error;
  }
}

/** Whether there is nothing left to do about an event. */
export function isSettled({ code }: Convergence): boolean {
  return code === 'converged' || code === 'no_subscription';
}

/** Writes down what a notice says of a payment, once its user is known. */
export async function savePayment(
  { subscriptions }: Pick<HandleStripeEventDeps, 'subscriptions'>,
  { payment }: StripeNotice,
  convergence: Convergence,
): Promise<void> {
  if (!payment || convergence.code === 'unknown_user') return;
  await subscriptions.savePayment(convergence.userId, payment);
}
