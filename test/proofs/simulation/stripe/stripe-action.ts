import type { PriceId } from './prices.ts';
import type { SubscriptionChange } from './subscription-life.ts';

export type StripeChange =
  | SubscriptionChange
  | 'subscribe'
  | 'delete customer'
  /** A stranger pays by a payment link that has the user as its reference. */
  | 'pay by link'
  /** Support creates another customer of the user and deletes it. */
  | 'create and delete customer';

/** An action at Stripe. */
export interface StripeAction {
  readonly change: StripeChange;
  readonly priceId: PriceId;
  readonly isTrial: boolean;
  /** Whether a second subscription may begin beside a running one. */
  readonly isAdditional: boolean;
  /** Whether the first payment, or that of an upgrade, fails. */
  readonly isUnpaid: boolean;
  /** Discount of a new subscription's coupon, in percent. @default 0 */
  readonly percentOff?: number;
  /** Whether a new subscription has a customer of its own. @default false */
  readonly isOtherCustomer?: boolean;
  /** Whether a new subscription names no user, so that its customer's name counts. @default false */
  readonly isUnnamed?: boolean;
  /** Whether a deleted customer's subscriptions leave every list. */
  readonly isForgotten: boolean;
}
