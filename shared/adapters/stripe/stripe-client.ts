import Stripe from 'stripe';
import { keepAliveAgents } from '../http/keep-alive.ts';

/**
 * The version of Stripe's API for all of this code, whatever the account's default. Events have the version
 * of their webhook endpoint: create it with this one too.
 */
export const STRIPE_API_VERSION = '2026-10-28.endive' satisfies Stripe.LatestApiVersion;

/** Stripe answers most calls within a second; a webhook's caller waits 20 s. */
const TIMEOUT_MS = 6_000;
/** The SDK retries with an idempotency key after connection errors, 409 and 5xx. */
const MAX_RETRIES = 1;

/**
 * The SDK's client.
 *
 * @param baseUrl another base URL of the API, such as `http://127.0.0.1:12111`
 */
export function createStripe(secretKey: string, baseUrl?: string): Stripe {
  const agents = keepAliveAgents();
  return new Stripe(secretKey, {
    apiVersion: STRIPE_API_VERSION,
    timeout: TIMEOUT_MS,
    maxNetworkRetries: MAX_RETRIES,
    // Telemetry would send the durations of earlier calls in a header of later ones.
    telemetry: false,
    appInfo: { name: 'quota-service' },
    httpAgent: baseUrl?.startsWith('http:') ? agents.httpAgent : agents.httpsAgent,
    ...(baseUrl && addressOf(new URL(baseUrl))),
  });
}

function addressOf({ hostname, port, protocol }: URL): Stripe.StripeConfig {
  const isPlain = protocol === 'http:';
  return { host: hostname, port: port || (isPlain ? 80 : 443), protocol: isPlain ? 'http' : 'https' };
}
