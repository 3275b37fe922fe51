import { groupHandler } from '../http/handler.ts';
import { openTable } from '../runtime/composition/open-table.ts';
import { route as receiveStripeEvent } from './receive-event.ts';

await openTable();

/** Serves Stripe's webhook. */
export const handler = groupHandler('stripe-webhook', { receiveStripeEvent });
