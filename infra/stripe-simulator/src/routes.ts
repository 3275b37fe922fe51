import { customerRoutes } from './billing/customer-routes.ts';
import { invoiceRoutes } from './billing/invoices.ts';
import { subscriptionRoutes } from './billing/subscriptions.ts';
import type { Route } from './calls/call.ts';
import { couponRoutes } from './catalog/coupons.ts';
import { priceRoutes } from './catalog/prices.ts';
import { productRoutes } from './catalog/products.ts';
import { paymentMethodRoutes } from './customers/payment-methods.ts';
import { checkoutRoutes } from './pages/checkout.ts';
import { portalRoutes } from './pages/portal.ts';
import { eventRoutes } from './webhooks/events.ts';
import { webhookEndpointRoutes } from './webhooks/webhook-endpoints.ts';

/** All simulated routes. */
export const ALL_ROUTES: readonly Route[] = [
  ...customerRoutes,
  ...couponRoutes,
  ...paymentMethodRoutes,
  ...productRoutes,
  ...priceRoutes,
  ...subscriptionRoutes,
  ...invoiceRoutes,
  ...checkoutRoutes,
  ...portalRoutes,
  ...eventRoutes,
  ...webhookEndpointRoutes,
];
