import type { StripeGateway } from '../adapters/stripe/stripe-gateway.ts';
import { currentCustomer, type StripeCustomerDeps } from './stripe-customer.ts';

export interface CreatePortalSessionDeps extends StripeCustomerDeps {
  readonly stripe: StripeCustomerDeps['stripe'] & Pick<StripeGateway, 'createPortalSession'>;
}

export type PortalOutcome =
  | { readonly code: 'created'; readonly sessionId: string; readonly url: string }
  | { readonly code: 'no_customer' };

/**
 * Makes a page of Stripe's on which a user changes, cancels and resumes. Nothing here changes until Stripe tells of it. Each
 * call makes a new one: a page that was made before has soon expired, and making one does nothing else.
 */
export async function createPortalSession(
  deps: CreatePortalSessionDeps,
  { userId, returnUrl }: { readonly userId: string; readonly returnUrl: string },
): Promise<PortalOutcome> {
  const customerId = await currentCustomer(deps, userId);
  if (customerId === undefined) return { code: 'no_customer' };
  const session = await deps.stripe.createPortalSession(customerId, returnUrl);
  return session ? { code: 'created', sessionId: session.id, url: session.url } : { code: 'no_customer' };
}
