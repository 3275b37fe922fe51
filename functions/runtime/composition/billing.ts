import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { CUSTOMER_CACHE } from '../../../shared/adapters/cache/subscription-cache-kinds.ts';
import { VersionedCache } from '../../../shared/adapters/cache/versioned-cache.ts';
import { StripeEventStore } from '../../../shared/adapters/dynamodb/stripe-event-store.ts';
import { createStripe } from '../../../shared/adapters/stripe/stripe-client.ts';
import { StripeGateway } from '../../../shared/adapters/stripe/stripe-gateway.ts';
import { StripeSecret } from '../../../shared/adapters/stripe/stripe-secret.ts';
import { type Verification, verifyWebhook } from '../../../shared/adapters/stripe/stripe-webhook.ts';
import { ENV, EVENTS } from '../../../shared/contract.ts';
import { Unavailable } from '../../../shared/domain/faults.ts';
import type { Subscription } from '../../../shared/domain/subscriptions/subscription.ts';
import { subscriptionView } from '../../../shared/domain/subscriptions/subscription-view.ts';
import { readStripeEnv } from '../env.ts';
import {
  cacheDeps,
  clock,
  now,
  once,
  planChangeDeps,
  planDeps,
  subscriptionCache,
  subscriptionDeps,
  table,
  userLockDeps,
} from './core.ts';
import { eventPublisher } from './notifications.ts';

/** The part of the composition root that knows Stripe. A file of its own: a bundle that imports its SDK contains all of it. */

/** Dependencies of billing; `undefined` without a configured Stripe. */
export async function billingDeps() {
  const keys = await stripeSecret().keys();
  return (
    keys && once('billingDeps', () => ({ ...planDeps(), ...subscriptionDeps(), stripe: stripeGateway() }))
  );
}

/** Dependencies of converging a subscription to its state at Stripe. */
export function convergeDeps() {
  return once('convergeDeps', () => ({
    ...planChangeDeps(),
    ...subscriptionDeps(),
    ...userLockDeps(),
    stripe: stripeGateway(),
    stripeEvents: new StripeEventStore(table()),
    customerCache: new VersionedCache(cacheDeps(), CUSTOMER_CACHE),
    subscriptionCache: subscriptionCache(),
    announce,
  }));
}

/** Whether Stripe is configured. */
export async function isStripeConfigured(): Promise<boolean> {
  return (await stripeSecret().keys()) !== undefined;
}

/**
 * Verifies that a webhook's body was sent by Stripe, unchanged.
 *
 * @throws Unavailable when the secret cannot be read: Stripe retries
 */
export async function verifyStripeSignature(
  body: Uint8Array,
  signature: string | undefined,
): Promise<Verification> {
  const keys = await stripeSecret().keys();
  return verifyWebhook(body, signature, keys?.webhookSecrets ?? [], now());
}

function announce(subscription: Subscription): Promise<void> {
  const { userId, savedAt } = subscription;
  const detail = { userId, ...subscriptionView(subscription) };
  return eventPublisher().publish({ type: EVENTS.subscriptionChanged, detail, at: savedAt });
}

/** Origins that Stripe's pages may redirect customers to. */
export function allowedOrigins(): readonly string[] {
  const { [ENV.allowedOrigins]: origins } = readStripeEnv();
  return origins.split(',').filter((origin) => origin !== '');
}

function stripeSecret(): StripeSecret {
  return once(
    'stripeSecret',
    () => new StripeSecret(new SecretsManagerClient(), readStripeEnv()[ENV.stripeSecretArn], now),
  );
}

/** One per environment, since it counts the calls; a rolled key gives it another client. */
function stripeGateway(): StripeGateway {
  return once('stripeGateway', () => new StripeGateway({ ...clock, client: stripeClient }));
}

async function stripeClient() {
  const keys = await stripeSecret().keys();
  if (!keys) throw new Unavailable('Stripe is not configured any more');
  const { secretKey, apiBase } = keys;
  return once(`stripe ${secretKey} ${apiBase}`, () => createStripe(secretKey, apiBase));
}
