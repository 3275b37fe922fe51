import { randomUUID } from 'node:crypto';
import type { StripeEventStore } from '../../adapters/dynamodb/stripe-event-store.ts';
import type { SubscriptionStore } from '../../adapters/dynamodb/subscription-store.ts';
import type { StripeGateway } from '../../adapters/stripe/stripe-gateway.ts';
import { Unavailable } from '../../domain/faults.ts';
import type { Payment } from '../../domain/subscriptions/payment.ts';
import { type EventEffects, effectsOf, type StripeEvent } from '../../domain/subscriptions/stripe-event.ts';
import { type ConvergeDeps, type Convergence, convergeSubscription } from './converge-subscription.ts';
import { type ExpireCheckoutsDeps, expireCheckouts } from './expire-checkouts.ts';

export interface HandleStripeEventDeps extends ConvergeDeps, ExpireCheckoutsDeps {
  readonly stripeEvents: Pick<StripeEventStore, 'claim' | 'finish' | 'release'>;
  readonly plans: ConvergeDeps['plans'];
  readonly subscriptions: ConvergeDeps['subscriptions'] & Pick<SubscriptionStore, 'savePayment'>;
  readonly stripe: ConvergeDeps['stripe'] & ExpireCheckoutsDeps['stripe'] & Pick<StripeGateway, 'invoice'>;
}

/** `ignored`: its type is not handled. `repeated`: it was handled before. */
export type EventOutcome =
  | { readonly code: 'ignored' | 'repeated' }
  | { readonly code: 'handled'; readonly convergence: Convergence };

/** Stripe repeats a delivery later than that. */
const BUSY_RETRY_SECONDS = 30;

/**
 * Handles one of Stripe's events, however often and late it arrives. The event only identifies the
 * subscription to converge.
 *
 * Events of customers without a user, and of prices without a plan, return `handled` but are not recorded as
 * done: a redelivery after the operator has fixed that is handled. Until then, Stripe need not retry them.
 *
 * @throws Unavailable while another delivery of it is in progress, and on any failure, so that Stripe repeats
 * it
 */
export async function handleStripeEvent(
  deps: HandleStripeEventDeps,
  event: StripeEvent,
): Promise<EventOutcome> {
  const effects = effectsOf(event);
  if (!effects) return { code: 'ignored' };
  const holder = randomUUID();
  const claim = await deps.stripeEvents.claim(event.id, holder, deps.now());
  if (claim === 'done') return { code: 'repeated' };
  if (claim === 'busy') {
    throw new Unavailable('another delivery of this event is in progress', {
      retryAfterSeconds: BUSY_RETRY_SECONDS,
    });
  }
  try {
    const convergence = await convergeSubscription(deps, effects);
    await concludeEvent(deps, effects, convergence);
    if (isSettled(effects, convergence)) await deps.stripeEvents.finish(event.id, deps.now());
    else await deps.stripeEvents.release(event.id, holder);
    return { code: 'handled', convergence };
  } catch (error) {
    // If this fails too, the claim expires before Stripe's next attempt.
    await deps.stripeEvents.release(event.id, holder).catch(() => {});
    throw error;
  }
}

/**
 * Whether an event is done. One of a subscription without a plan's price is done once a plan has its price.
 */
export function isSettled({ subscriptionId }: EventEffects, convergence: Convergence): boolean {
  if (convergence.code === 'unknown_user') return false;
  return subscriptionId === undefined || !convergence.strangerIds.includes(subscriptionId);
}

/** Applies an event's further effects: saves its payment, and expires other checkouts of the same user. */
export async function concludeEvent(
  deps: Pick<HandleStripeEventDeps, 'subscriptions' | 'stripe' | 'plans'>,
  effects: EventEffects,
  convergence: Convergence,
): Promise<void> {
  if (!isSettled(effects, convergence) || convergence.code === 'unknown_user') return;
  if (effects.payment) await savePayment(deps, convergence.userId, effects.payment, effects.customerId);
  const isSubscribed = convergence.code === 'converged' && convergence.subscription.runningSubscriptions > 0;
  if (effects.isBeginning && isSubscribed) await expireCheckouts(deps, convergence.userId);
}

/**
 * Saves a payment from Stripe's invoice. Skipped if the invoice does not exist there, or contradicts the
 * event.
 */
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
