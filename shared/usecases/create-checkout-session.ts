import { createHash, randomUUID } from 'node:crypto';
import type { PlanStore } from '../adapters/dynamodb/plan-store.ts';
import type { CheckoutField, StripeGateway } from '../adapters/stripe/stripe-gateway.ts';
import { type StripeCustomerDeps, stripeCustomer } from './stripe-customer.ts';

export interface CreateCheckoutSessionDeps extends StripeCustomerDeps {
  readonly plans: Pick<PlanStore, 'newest'>;
  readonly stripe: StripeCustomerDeps['stripe'] &
    Pick<StripeGateway, 'subscriptionsOf' | 'createCheckoutSession'>;
}

export interface CreateCheckoutSessionRequest {
  readonly userId: string;
  readonly planId: string;
  /** By its name in the plan, such as `monthly`. */
  readonly price: string;
  readonly successUrl: string;
  readonly cancelUrl: string;
  readonly trialDays?: number | undefined;
  /** The caller's own: within a day, the same key with the same request makes the same session. */
  readonly idempotencyKey?: string | undefined;
}

export type CheckoutOutcome =
  | { readonly code: 'created'; readonly sessionId: string; readonly url: string | null }
  | { readonly code: 'unknown_plan' | 'unknown_price' | 'already_subscribed' | 'key_reused' }
  /** The plan names a price that Stripe does not sell, such as one that was archived. */
  | { readonly code: 'price_unusable'; readonly priceId: string }
  | { readonly code: 'refused'; readonly field: Exclude<CheckoutField, 'priceId'> };

/** Stripe's states of a subscription that goes on, or would if it were paid. */
const RUNNING = ['active', 'trialing', 'past_due', 'unpaid', 'paused'];

/**
 * Makes a page of Stripe's on which a user subscribes to a plan. Who has a subscription already gets none: paying for two
 * helps nobody, and the portal changes the one there is. That is asked of Stripe, which knows of one paid a second ago.
 */
export async function createCheckoutSession(
  deps: CreateCheckoutSessionDeps,
  { planId, price, ...request }: CreateCheckoutSessionRequest,
): Promise<CheckoutOutcome> {
  const plan = await deps.plans.newest(planId);
  if (!plan) return { code: 'unknown_plan' };
  const prices = new Map(Object.entries(plan.prices ?? {}));
  const priceId = prices.get(price);
  if (priceId === undefined) return { code: 'unknown_price' };
  const customerId = await stripeCustomer(deps, request.userId);
  const subscriptions = await deps.stripe.subscriptionsOf(customerId);
  if (subscriptions.some(({ status }) => RUNNING.includes(status))) return { code: 'already_subscribed' };
  const session = await deps.stripe.createCheckoutSession({
    ...request,
    customerId,
    priceId,
    idempotencyKey: keyAtStripe(request),
  });
  if (session.code === 'created') return { code: 'created', sessionId: session.id, url: session.url };
  if (session.code === 'key_reused') return session;
  const { field } = session;
  return field === 'priceId' ? { code: 'price_unusable', priceId } : { code: 'refused', field };
}

/** Keys of different users are different: Stripe knows one space of them for the whole account. */
function keyAtStripe({
  userId,
  idempotencyKey,
}: Pick<CreateCheckoutSessionRequest, 'userId' | 'idempotencyKey'>) {
  if (idempotencyKey === undefined) return randomUUID();
  const digest = createHash('sha256').update(JSON.stringify([userId, idempotencyKey]));
  return `checkout/${digest.digest('hex')}`;
}
