import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { createStripe } from '../../shared/adapters/stripe-client.ts';
import { StripeGateway } from '../../shared/adapters/stripe-gateway.ts';
import { StripeSecret } from '../../shared/adapters/stripe-secret.ts';
import { ENV } from '../../shared/contract.ts';
import { Unavailable } from '../../shared/domain/faults.ts';
import { clock, now, once, planDeps, subscriptionDeps } from './composition.ts';
import { readStripeEnv } from './env.ts';

/**
 * The part of the composition root that knows Stripe. A file of its own: its SDK cannot be left out of a bundle that
 * imports it, and what uses units has to start fast.
 */

/** What talks to Stripe; `undefined` where no Stripe is configured. */
export async function billingDeps() {
  const keys = await stripeSecret().keys();
  return (
    keys && once('billingDeps', () => ({ ...planDeps(), ...subscriptionDeps(), stripe: stripeGateway() }))
  );
}

/** Where customers may be sent back to from Stripe's pages. */
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

/** One per environment, since it counts the calls; its client is another one when the key was rolled. */
function stripeGateway(): StripeGateway {
  return once('stripeGateway', () => new StripeGateway({ ...clock, client: stripeClient }));
}

async function stripeClient() {
  const keys = await stripeSecret().keys();
  if (!keys) throw new Unavailable('Stripe is not configured any more');
  const { secretKey, apiBase } = keys;
  return once(`stripe ${secretKey} ${apiBase}`, () => createStripe(secretKey, apiBase));
}
