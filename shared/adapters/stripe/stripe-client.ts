import Stripe from 'stripe';

/**
 * The version of Stripe's API that all of this is written for, whatever the account's own default is. Events come in the
 * version of their webhook endpoint: make it with this one too.
 */
export const STRIPE_API_VERSION = '2026-10-28.endive' satisfies Stripe.LatestApiVersion;

/** Stripe answers most calls within a second; a webhook's answer is waited for 20 s. */
const TIMEOUT_MS = 6_000;
/** The SDK repeats with an idempotency key what may have been applied: connection errors, 409, 5xx. */
const MAX_RETRIES = 1;

/**
 * The SDK's client.
 *
 * @param baseUrl where else than at Stripe the API is served, such as `http://127.0.0.1:12111`
 */
export function createStripe(secretKey: string, baseUrl?: string): Stripe {
  return new Stripe(secretKey, {
    apiVersion: STRIPE_API_VERSION,
    timeout: TIMEOUT_MS,
    maxNetworkRetries: MAX_RETRIES,
    // What it would send is how long earlier calls took, in a header of later ones.
    telemetry: false,
    appInfo: { name: 'quota-service' },
    ...(baseUrl && addressOf(new URL(baseUrl))),
  });
}

function addressOf({ hostname, port, protocol }: URL): Stripe.StripeConfig {
  const isPlain = protocol === 'http:';
  return { host: hostname, port: port || (isPlain ? 80 : 443), protocol: isPlain ? 'http' : 'https' };
}
