import { isUserId } from '../user-id.ts';
import type { StripeSubscription } from './stripe-subscription.ts';

/**
 * The metadata key by which this service, or the operator, names the user of a Stripe customer or
 * subscription.
 */
export const USER_METADATA_KEY = 'userId';

/** The owner of a subscription. */
export interface Owner {
  /** `undefined`: nothing names a user, or the decisive name is no user id. */
  readonly userId: string | undefined;
  /** Whether two of its names differ. */
  readonly isContested: boolean;
}

/** The metadata of a customer or subscription. */
export type Metadata = Readonly<Record<string, string>>;

/** Returns the unchecked user name in metadata; an empty one counts as none. */
export function nameIn(metadata: Metadata | undefined): string | undefined {
  return metadata?.[USER_METADATA_KEY] || undefined;
}

/**
 * Determines the owner of a subscription. The first name counts: its own metadata, its customer's metadata,
 * the user noted before. Writing metadata needs the secret key, so only the operator or this service can. The
 * `client_reference_id` of a payment link's session can be written by a payer, so it names no user.
 *
 * A name that is no valid user id is not skipped: the subscription then has no owner.
 *
 * @param noted the previous owner, if known
 */
export function ownerOf(
  { metadata, customer }: Pick<StripeSubscription, 'metadata' | 'customer'>,
  noted?: string,
): Owner {
  const ofCustomer = typeof customer === 'string' ? undefined : customer.metadata;
  const names = [nameIn(metadata), nameIn(ofCustomer), noted].filter((name) => name !== undefined);
  return { userId: toUserId(names[0]), isContested: new Set(names).size > 1 };
}

/** Returns the name if it is a valid user id. */
export function toUserId(name: string | undefined): string | undefined {
  return name !== undefined && isUserId(name) ? name : undefined;
}
