import Stripe from 'stripe';
import type { StripeEvent } from '../../domain/subscriptions/stripe-event.ts';

/** Maximum age of a signature, and maximum lead over our clock (s): Stripe's own recommendation. */
export const SIGNATURE_TOLERANCE_SECONDS = 300;

export type Verification =
  | { readonly code: 'verified'; readonly event: StripeEvent }
  /** Signed, but not a snapshot event: a thin (v2) event, which carries no object, or no event at all. */
  | { readonly code: 'unsupported' }
  /** Not signed with one of the secrets, too old, or from the future. */
  | { readonly code: 'rejected' }
  /** Without a secret, no signature can be verified. */
  | { readonly code: 'not_configured' };

/**
 * Whether Stripe signed exactly this body. During a rotation of the secret, both sign and either is accepted.
 *
 * @param body the bytes as they arrived: any other rendering of the same JSON has another signature
 * @param secrets those in use, `whsec_…`; without one no check is possible
 * @param now epoch ms
 */
export function verifyWebhook(
  body: Uint8Array,
  signature: string | undefined,
  secrets: readonly string[],
  now: number,
): Verification {
  // Anyone can sign with the empty secret.
  const usable = secrets.filter((secret) => secret.trim() !== '');
  if (usable.length === 0) return { code: 'not_configured' };
  if (!signature || isFromTheFuture(signature, now)) return { code: 'rejected' };
  if (!usable.some((secret) => isSigned(body, signature, secret, now))) return { code: 'rejected' };
  const event = parse(body);
  return isEvent(event) ? { code: 'verified', event } : { code: 'unsupported' };
}

/**
 * Not the SDK's `constructEvent`: it throws the same error for a forged signature and a signed thin event.
 */
function isSigned(body: Uint8Array, signature: string, secret: string, now: number): boolean {
  const tolerance = SIGNATURE_TOLERANCE_SECONDS;
  try {
    return (
      Stripe.webhooks.signature?.verifyHeader(body, signature, secret, tolerance, undefined, now) ?? false
    );
  } catch {
    // The message would quote the body.
    return false;
  }
}

function parse(body: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(body).toString());
  } catch {
    return undefined;
  }
}

/** The SDK checks the age alone; a signature dated ahead would stay valid for longer than the tolerance. */
function isFromTheFuture(signature: string, now: number): boolean {
  const dated = [...signature.matchAll(/(?:^|,)\s*t=(\d+)/g)].map(([, seconds]) => Number(seconds));
  return dated.some((seconds) => seconds * 1_000 > now + SIGNATURE_TOLERANCE_SECONDS * 1_000);
}

function isEvent(value: unknown): value is StripeEvent {
  const event = Object(value) as Partial<StripeEvent>; // each field is checked
  return (
    typeof event.id === 'string' &&
    typeof event.type === 'string' &&
    typeof event.created === 'number' &&
    typeof event.data?.object === 'object' &&
    event.data.object !== null
  );
}
