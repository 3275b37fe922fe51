import type { PlanStore } from '../../adapters/dynamodb/plan-store.ts';
import type { SubscriptionStore } from '../../adapters/dynamodb/subscription-store.ts';
import type { StripeGateway } from '../../adapters/stripe/stripe-gateway.ts';
import { currentCustomer } from './stripe-customer.ts';
import type { UserSubscriptionsDeps } from './user-subscriptions.ts';
import { askForPlans } from './user-subscriptions.ts';

export interface CreatePortalSessionDeps {
  readonly plans: Pick<PlanStore, 'planOfPrices'>;
  readonly subscriptions: UserSubscriptionsDeps['subscriptions'] & Pick<SubscriptionStore, 'read'>;
  readonly stripe: UserSubscriptionsDeps['stripe'] & Pick<StripeGateway, 'customer' | 'createPortalSession'>;
}

export type PortalOutcome =
  | { readonly code: 'created'; readonly sessionId: string; readonly url: string }
  | { readonly code: 'no_customer' };

/**
 * Creates a Stripe portal page on which a user changes, cancels and resumes, for the customer whose
 * subscription governs. Each call creates a new page: pages expire soon, and creating one has no other
 * effect.
 */
export async function createPortalSession(
  deps: CreatePortalSessionDeps,
  { userId, returnUrl }: { readonly userId: string; readonly returnUrl: string },
): Promise<PortalOutcome> {
  const customerId = await currentCustomer(deps, userId, await askForPlans(deps, userId));
  if (customerId === undefined) return { code: 'no_customer' };
  const session = await deps.stripe.createPortalSession(customerId, returnUrl);
  return session ? { code: 'created', sessionId: session.id, url: session.url } : { code: 'no_customer' };
}
