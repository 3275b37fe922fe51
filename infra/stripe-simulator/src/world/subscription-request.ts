import type Stripe from 'stripe';
import type { StoredCustomer, StoredPrice, StoredSubscription } from './stored-objects.ts';

/** A subscription item to create. */
export interface NewItem {
  readonly price: StoredPrice;
  readonly quantity: number;
  readonly metadata?: Stripe.Metadata;
}

/** A billing period, in seconds. */
export interface Period {
  readonly start: number;
  readonly end: number;
}

/** The subscription that a call or a checkout requests. */
export interface SubscriptionRequest {
  readonly customer: StoredCustomer;
  readonly items: readonly NewItem[];
  /** Seconds; null for no trial. */
  readonly trialEnd?: number | null | undefined;
  readonly missingPaymentMethod?: SubscriptionStart['missingPaymentMethod'] | undefined;
  readonly billingMode?: SubscriptionStart['billingMode'] | undefined;
  readonly collectionMethod?: SubscriptionStart['collectionMethod'] | undefined;
  readonly daysUntilDue?: number | null | undefined;
  readonly defaultPaymentMethod?: string | null | undefined;
  readonly savePaymentMethod?: SubscriptionStart['savePaymentMethod'] | undefined;
  readonly description?: string | null | undefined;
  readonly metadata?: Stripe.Metadata | undefined;
  readonly coupons?: readonly Stripe.Coupon[] | undefined;
  /** Further changes, before the first event is recorded. */
  readonly prepare?: ((subscription: StoredSubscription) => void) | undefined;
}

/** Initial values of a subscription. Times in seconds. */
export interface SubscriptionStart {
  readonly customer: StoredCustomer;
  readonly items: readonly NewItem[];
  readonly status: Stripe.Subscription.Status;
  readonly period: Period;
  readonly anchor: number;
  readonly trialEnd: number | null;
  readonly missingPaymentMethod: 'cancel' | 'create_invoice' | 'pause';
  readonly billingMode: 'classic' | 'flexible';
  readonly collectionMethod: 'charge_automatically' | 'send_invoice';
  readonly daysUntilDue: number | null;
  readonly defaultPaymentMethod: string | null;
  readonly savePaymentMethod: 'off' | 'on_subscription';
  readonly description: string | null;
  readonly metadata: Stripe.Metadata;
}

/**
 * The subscription that a checkout session creates when it is paid. A trial's length counts from the payment.
 */
export interface CheckoutOrder {
  readonly items: readonly NewItem[];
  readonly trialSeconds: number | null;
  readonly trialEnd: number | null;
  readonly common: Partial<SubscriptionRequest>;
}
