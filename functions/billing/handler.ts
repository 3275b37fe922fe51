import { groupHandler } from '../http/handler.ts';
import { openTable } from '../runtime/composition/open-table.ts';
import { route as createCheckoutSession } from './create-checkout-session.ts';
import { route as createPortalSession } from './create-portal-session.ts';

await openTable();

/** Serves the routes that open pages of Stripe. */
export const handler = groupHandler('billing', { createCheckoutSession, createPortalSession });
