import type Stripe from 'stripe';
import type { MetadataChange } from './params.ts';

/** Metadata after a change: keys are merged, empty values unset theirs. */
export function changedMetadata(
  current: Stripe.Metadata,
  change: MetadataChange | undefined,
): Stripe.Metadata {
  if (change === undefined) return current;
  if (change === 'clear') return {};
  const merged = Object.entries({ ...current, ...change });
  return Object.fromEntries(merged.filter(([, value]) => value !== ''));
}
