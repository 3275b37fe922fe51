import { isUserId } from '../user-id.ts';
import type { StripeSubscription } from './stripe-subscription.ts';

/** The metadata key under which this service, or the operator, names the user of a Stripe customer or subscription. */
export const USER_METADATA_KEY = 'userId';

/** Whom a subscription belongs to. */
export interface Owner {
  /** `undefined`: nothing names a user, or the name that counts is no user id. */
  readonly userId: string | undefined;
  /** Whether two of its names differ. */
  readonly isContested: boolean;
}

/** The metadata of a customer or subscription. */
export type Metadata = Readonly<Record<string, string>>;

/** The name in metadata, as it was written; empty counts as none. */
export function nameIn(metadata: Metadata | undefined): string | undefined {
  return metadata?.[USER_METADATA_KEY] || undefined;
}

/**
 * Whom a subscription belongs to. The first name counts: its own metadata, its customer's, what was noted before. Both
 * kinds of metadata need the secret key, so only the operator or this service writes them. A payer writes the
 * `client_reference_id` of a payment link's session, so that names no user.
 *
 * A name that the API refuses as a user id does not give way to the next one: it names no user.
 *
 * @param noted the user that it belonged to before, if it is known here
 */
export function ownerOf(
  { metadata, customer }: Pick<StripeSubscription, 'metadata' | 'customer'>,
  noted?: string,
): Owner {
  const ofCustomer = typeof customer === 'string' ? undefined : customer.metadata;
  const names = [nameIn(metadata), nameIn(ofCustomer), noted].filter((name) => name !== undefined);
  return { userId: toUserId(names[0]), isContested: new Set(names).size > 1 };
}

/** A name where it is a user id. */
export function toUserId(name: string | undefined): string | undefined {
  return name !== undefined && isUserId(name) ? name : undefined;
}
