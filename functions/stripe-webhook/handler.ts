import { groupHandler } from '../http/handler.ts';
import { warmUpTable } from '../runtime/composition/warm-up.ts';
import { route as receiveStripeEvent } from './receive-event.ts';

await warmUpTable();

/** Serves Stripe's webhook. */
export const handler = groupHandler('stripe-webhook', { receiveStripeEvent });
