import { createHash, randomUUID } from 'node:crypto';
import type { PlanStore } from '../../adapters/dynamodb/plan-store.ts';
import type { SubscriptionStore } from '../../adapters/dynamodb/subscription-store.ts';
import type { CheckoutField, StripeGateway } from '../../adapters/stripe/stripe-gateway.ts';
import type { Plan } from '../../domain/plan.ts';
import { isRunning } from '../../domain/subscriptions/stripe-subscription.ts';
import { type StripeCustomerDeps, stripeCustomer } from './stripe-customer.ts';
import { askForPlans, type UserAtStripe, type UserSubscriptionsDeps } from './user-subscriptions.ts';

export interface CreateCheckoutSessionDeps extends StripeCustomerDeps {
  readonly plans: Pick<PlanStore, 'newest' | 'planOfPrices'>;
  readonly subscriptions: StripeCustomerDeps['subscriptions'] &
    UserSubscriptionsDeps['subscriptions'] &
    Pick<SubscriptionStore, 'read' | 'hadTrial'>;
  readonly stripe: StripeCustomerDeps['stripe'] &
    UserSubscriptionsDeps['stripe'] &
    Pick<StripeGateway, 'createCheckoutSession'>;
}

export interface CreateCheckoutSessionRequest {
  readonly userId: string;
  readonly planId: string;
  /** The price's name in the plan, such as `monthly`. */
  readonly price: string;
  readonly successUrl: string;
  readonly cancelUrl: string;
  /** `true`: only with the plan's trial. `false`: without. @default the plan's trial, once per user */
  readonly trial?: boolean | undefined;
  /** The caller's key: within a day, the same key with the same request returns the same session. */
  readonly idempotencyKey?: string | undefined;
}

export type CheckoutOutcome =
  | { readonly code: 'created'; readonly sessionId: string; readonly url: string | null }
  | { readonly code: 'unknown_plan' | 'unknown_price' | 'already_subscribed' | 'key_reused' }
  /** The request requires a trial: the plan has none, or the user has used theirs. */
  | { readonly code: 'no_trial' | 'trial_used' }
  /** The plan has a price that Stripe does not sell, such as an archived one. */
  | { readonly code: 'price_unusable'; readonly priceId: string }
  | { readonly code: 'refused'; readonly field: Exclude<CheckoutField, 'priceId'> };

/**
 * Creates a Stripe checkout page on which a user subscribes to a plan. A user with a running subscription to
 * a plan, of any of their customers, gets `already_subscribed`: a second one would be paid twice, and the
 * portal changes the existing one. Stripe is asked, since a subscription paid a second ago may not be saved
 * here yet.
 */
export async function createCheckoutSession(
  deps: CreateCheckoutSessionDeps,
  { planId, price, trial, ...request }: CreateCheckoutSessionRequest,
): Promise<CheckoutOutcome> {
  const { userId } = request;
  const plan = await deps.plans.newest(planId);
  if (!plan) return { code: 'unknown_plan' };
  const priceId = new Map(Object.entries(plan.prices ?? {})).get(price);
  if (priceId === undefined) return { code: 'unknown_price' };
  const user = await askForPlans(deps, userId);
  if (user.subscriptions.some(isRunning)) return { code: 'already_subscribed' };
  const offer = await trialFor(deps, plan, userId, user);
  if (trial && offer.code !== 'offered') return { code: offer.code };
  const session = await deps.stripe.createCheckoutSession({
    ...request,
    customerId: await stripeCustomer(deps, userId, user),
    priceId,
    trialDays: offer.code === 'offered' && trial !== false ? offer.days : undefined,
    idempotencyKey: keyAtStripe(request),
  });
  if (session.code === 'created') return { code: 'created', sessionId: session.id, url: session.url };
  if (session.code === 'key_reused') return session;
  const { field } = session;
  return field === 'priceId' ? { code: 'price_unusable', priceId } : { code: 'refused', field };
}

/** A user has one trial, of any plan. The noted trial survives the deletion of its customer. */
async function trialFor(
  { subscriptions }: Pick<CreateCheckoutSessionDeps, 'subscriptions'>,
  { trialDays }: Plan,
  userId: string,
  user: UserAtStripe,
): Promise<
  { readonly code: 'offered'; readonly days: number } | { readonly code: 'no_trial' | 'trial_used' }
> {
  if (trialDays === undefined) return { code: 'no_trial' };
  const isUsed = user.subscriptions.some(({ trial_end }) => trial_end !== null);
  if (isUsed || (await subscriptions.hadTrial(userId))) return { code: 'trial_used' };
  return { code: 'offered', days: trialDays };
}

/** Keys include the user: Stripe has one key space for the whole account. */
function keyAtStripe({
  userId,
  idempotencyKey,
}: Pick<CreateCheckoutSessionRequest, 'userId' | 'idempotencyKey'>) {
  if (idempotencyKey === undefined) return randomUUID();
  const digest = createHash('sha256').update(JSON.stringify([userId, idempotencyKey]));
  return `checkout/${digest.digest('hex')}`;
}
