import type Stripe from 'stripe';
import { invalidRequest } from './errors.ts';
import type { MetadataChange } from './params.ts';

const MAX_KEYS = 50;

/**
 * Returns metadata after a change: merges keys, and removes keys with empty values.
 *
 * @throws ApiError 400 for more keys than Stripe stores
 */
export function changedMetadata(
  current: Stripe.Metadata,
  change: MetadataChange | undefined,
): Stripe.Metadata {
  if (change === undefined) return current;
  if (change === 'clear') return {};
  const merged = Object.entries({ ...current, ...change }).filter(([, value]) => value !== '');
  if (merged.length > MAX_KEYS) {
    const message = `Metadata can have up to ${MAX_KEYS} keys, but this object would have ${merged.length}.`;
    throw invalidRequest(message, { param: 'metadata' });
  }
  return Object.fromEntries(merged);
}
