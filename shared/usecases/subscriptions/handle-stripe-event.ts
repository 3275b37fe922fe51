import { randomUUID } from 'node:crypto';
import type { StripeEventStore } from '../../adapters/dynamodb/stripe-event-store.ts';
import type { SubscriptionStore } from '../../adapters/dynamodb/subscription-store.ts';
import type { StripeGateway } from '../../adapters/stripe/stripe-gateway.ts';
import { Unavailable } from '../../domain/faults.ts';
import type { Payment } from '../../domain/subscriptions/payment.ts';
import { noticeOf, type StripeEvent, type StripeNotice } from '../../domain/subscriptions/stripe-event.ts';
import { type ConvergeDeps, type Convergence, convergeSubscription } from './converge-subscription.ts';
import { type ExpireCheckoutsDeps, expireCheckouts } from './expire-checkouts.ts';

export interface HandleStripeEventDeps extends ConvergeDeps, ExpireCheckoutsDeps {
  readonly stripeEvents: Pick<StripeEventStore, 'claim' | 'finish' | 'release'>;
  readonly plans: ConvergeDeps['plans'];
  readonly subscriptions: ConvergeDeps['subscriptions'] & Pick<SubscriptionStore, 'savePayment'>;
  readonly stripe: ConvergeDeps['stripe'] & ExpireCheckoutsDeps['stripe'] & Pick<StripeGateway, 'invoice'>;
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
    await concludeEvent(deps, notice, convergence);
    if (isSettled(notice, convergence)) await deps.stripeEvents.finish(event.id, deps.now());
    else await deps.stripeEvents.release(event.id, holder);
    return { code: 'handled', convergence };
  } catch (error) {
    // Should this fail too, the claim ends by itself, and before Stripe's next try.
    await deps.stripeEvents.release(event.id, holder).catch(() => {});
    throw error;
  }
}

/** Whether there is nothing left to do about an event. One of a stranger's subscription is, once a plan names its price. */
export function isSettled({ subscriptionId }: StripeNotice, convergence: Convergence): boolean {
  if (convergence.code === 'unknown_user') return false;
  return subscriptionId === undefined || !convergence.strangerIds.includes(subscriptionId);
}

/** What an event brings beside its subscription: its payment, and the end of other checkouts of the same user. */
export async function concludeEvent(
  deps: Pick<HandleStripeEventDeps, 'subscriptions' | 'stripe' | 'plans'>,
  notice: StripeNotice,
  convergence: Convergence,
): Promise<void> {
  if (!isSettled(notice, convergence) || convergence.code === 'unknown_user') return;
  if (notice.payment) await savePayment(deps, convergence.userId, notice.payment, notice.customerId);
  const isSubscribed = convergence.code === 'converged' && convergence.subscription.runningSubscriptions > 0;
  if (notice.isBeginning && isSubscribed) await expireCheckouts(deps, convergence.userId);
}

/** Saves a payment as Stripe has it: an event of an invoice that this account does not have, or has otherwise, is none. */
async function savePayment(
  { subscriptions, stripe }: Pick<HandleStripeEventDeps, 'subscriptions' | 'stripe'>,
  userId: string,
  payment: Payment,
  customerId: string | undefined,
): Promise<void> {
  const invoice = await stripe.invoice(payment.invoiceId);
  if (!invoice || invoice.customerId !== customerId) return;
  const isPaid = payment.outcome === 'paid';
  if (isPaid && invoice.status !== 'paid') return;
  const amount = isPaid ? invoice.amountPaid : invoice.amountDue;
  const confirmed = { ...payment, amount, currency: invoice.currency, invoiceUrl: invoice.url };
  await subscriptions.savePayment(userId, confirmed);
}
