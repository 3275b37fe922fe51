import { createHmac } from 'node:crypto';

/**
 * Returns the `Stripe-Signature` of a delivery: one signature for each valid secret.
 *
 * Source: "Verify webhook signatures manually", Stripe's documentation.
 *
 * @param timestamp seconds
 */
export function signatureHeader(payload: string, secrets: readonly string[], timestamp: number): string {
  const signatures = secrets.map((secret) =>
    createHmac('sha256', secret).update(`${timestamp}.${payload}`).digest('hex'),
  );
  return [`t=${timestamp}`, ...signatures.map((signature) => `v1=${signature}`)].join(',');
}
