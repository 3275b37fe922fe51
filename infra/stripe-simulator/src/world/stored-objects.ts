import type Stripe from 'stripe';

/*
 * Stored objects: Stripe's types, with ids in expandable fields, since responses are expanded when
 * serialized.
 */

export type StoredCustomer = Stripe.Customer & {
  invoice_settings: { default_payment_method: string | null };
  invoice_prefix: string;
  next_invoice_sequence: number;
};

export type StoredProduct = Stripe.Product & { default_price: string | null };

export type StoredPrice = Stripe.Price & { product: string };

export type StoredPaymentMethod = Stripe.PaymentMethod & { customer: string | null };

export type StoredSubscriptionItem = Stripe.SubscriptionItem & { price: StoredPrice; quantity: number };

export type StoredSubscription = Omit<Stripe.Subscription, 'items'> & {
  customer: string;
  latest_invoice: string | null;
  default_payment_method: string | null;
  items: Stripe.ApiList<StoredSubscriptionItem>;
};

export type StoredInvoice = Stripe.Invoice & {
  customer: string;
  default_payment_method: string | null;
  status: Stripe.Invoice.Status;
  parent: { subscription_details: { subscription: string } };
};

export type StoredDiscount = Stripe.Discount;

export type StoredInvoicePayment = Stripe.InvoicePayment & { invoice: string };

export type StoredCheckoutSession = Stripe.Checkout.Session & {
  customer: string | null;
  subscription: string | null;
  invoice: string | null;
};

export type StoredPortalSession = Stripe.BillingPortal.Session & { configuration: string };

/** `pending_webhooks` decreases as endpoints accept the event. */
export type StoredEvent = Stripe.EventBase;

export type StoredWebhookEndpoint = Stripe.WebhookEndpoint;
