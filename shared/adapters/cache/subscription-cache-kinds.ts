import type { Subscription } from '../../domain/subscriptions/subscription.ts';
import type { CacheKind } from './cache-entry.ts';

const MINUTE_MS = 60_000;

/** A user's subscription, with its plan. */
export const SUBSCRIPTION_CACHE: CacheKind<Subscription> = {
  name: 'subscription',
  format: 1,
  keyOf: (userId) => `user:subscription:${userId}`,
  ttlMs: 5 * MINUTE_MS,
  encode: (subscription) => subscription,
  decode: (data) => data as Subscription, // what `encode` made
};

/** The user of a Stripe customer. It never changes, so its version is always 1. */
export const CUSTOMER_CACHE: CacheKind<string> = {
  name: 'customer',
  format: 1,
  keyOf: (customerId) => `stripe:customer:${customerId}`,
  ttlMs: 60 * MINUTE_MS,
  encode: (userId) => userId,
  decode: (data) => String(data),
};
