import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { keepAliveAgents } from '../../../shared/adapters/http/keep-alive.ts';
import { createStripe } from '../../../shared/adapters/stripe/stripe-client.ts';
import { StripeGateway } from '../../../shared/adapters/stripe/stripe-gateway.ts';
import { StripeSecret } from '../../../shared/adapters/stripe/stripe-secret.ts';
import { type Verification, verifyWebhook } from '../../../shared/adapters/stripe/stripe-webhook.ts';
import { ENV } from '../../../shared/contract.ts';
import { Unavailable } from '../../../shared/domain/faults.ts';
import { readStripeEnv } from '../env.ts';
import { clock, now, once, planDeps, subscriptionDeps } from './core.ts';

/**
 * The part of the composition root that knows Stripe. A file of its own: a bundle that imports its SDK
 * contains all of it.
 */

/** Dependencies of billing; `undefined` without a configured Stripe. */
export async function billingDeps() {
  const keys = await stripeSecret().keys();
  return (
    keys && once('billingDeps', () => ({ ...planDeps(), ...subscriptionDeps(), stripe: stripeGateway() }))
  );
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

/** Origins that Stripe's pages may redirect customers to. */
export function allowedOrigins(): readonly string[] {
  const { [ENV.allowedOrigins]: origins } = readStripeEnv();
  return origins.split(',').filter((origin) => origin !== '');
}

function stripeSecret(): StripeSecret {
  return once(
    'stripeSecret',
    () =>
      new StripeSecret(
        new SecretsManagerClient({ requestHandler: keepAliveAgents() }),
        readStripeEnv()[ENV.stripeSecretArn],
        now,
      ),
  );
}

/** One per environment, since it counts the calls; a rolled key gives it another client. */
export function stripeGateway(): StripeGateway {
  return once('stripeGateway', () => new StripeGateway({ ...clock, client: stripeClient }));
}

async function stripeClient() {
  const keys = await stripeSecret().keys();
  if (!keys) throw new Unavailable('Stripe is not configured any more');
  const { secretKey, apiBase } = keys;
  return once(`stripe ${secretKey} ${apiBase}`, () => createStripe(secretKey, apiBase));
}
