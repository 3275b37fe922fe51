import { groupHandler } from '../http/handler.ts';
import { route as receiveStripeEvent } from './receive-event.ts';

/** Serves Stripe's webhook. */
export const handler = groupHandler('stripe-webhook', { receiveStripeEvent });
