import { groupHandler } from '../http/handler.ts';
import { warmUpTable } from '../runtime/composition/warm-up.ts';
import { route as createCheckoutSession } from './create-checkout-session.ts';
import { route as createPortalSession } from './create-portal-session.ts';

await warmUpTable();

/** Serves the routes that open pages of Stripe. */
export const handler = groupHandler('billing', { createCheckoutSession, createPortalSession });
