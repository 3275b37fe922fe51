import Stripe from 'stripe';
import type { StoredPrice, StoredSubscription, StoredSubscriptionItem } from '../world/stored-objects.ts';
import type { Period } from '../world/subscription-request.ts';
import type { World } from '../world/world.ts';

interface NewLine {
  readonly item: { readonly id: string; readonly price: StoredPrice; readonly quantity: number };
  readonly amount: number;
  readonly description: string;
  readonly period: Period;
  /** Pending invoice item of a proration. */
  readonly invoiceItem: string | null;
}

/** Builds the line of an item for a period in advance. */
export function lineOfPeriod(
  world: World,
  subscription: StoredSubscription,
  item: StoredSubscriptionItem,
  period: Period,
): Stripe.InvoiceLineItem {
  const amount = (item.price.unit_amount ?? 0) * item.quantity;
  return buildLine(world, subscription, {
    item,
    amount,
    description: `${item.quantity} × ${productName(world, item.price)} (at ${priceText(item.price)})`,
    period,
    invoiceItem: null,
  });
}

/** Builds the line of a trial: amount 0. */
export function lineOfTrial(
  world: World,
  subscription: StoredSubscription,
  item: StoredSubscriptionItem,
  period: Period,
): Stripe.InvoiceLineItem {
  const description =
    subscription.billing_mode.type === 'flexible'
      ? `Free trial for ${item.quantity} × ${productName(world, item.price)}`
      : `Trial period for ${productName(world, item.price)}`;
  return buildLine(world, subscription, { item, amount: 0, description, period, invoiceItem: null });
}

/** Builds the credit or debit of a change for the rest of a period. */
export function lineOfProration(
  world: World,
  subscription: StoredSubscription,
  line: Omit<NewLine, 'description' | 'invoiceItem'>,
): Stripe.InvoiceLineItem {
  const day = new Date(line.period.start * 1_000).toLocaleDateString('en-GB', {
    day: '2-digit',
    month: 'short',
    year: 'numeric',
    timeZone: 'UTC',
  });
  const what = line.amount < 0 ? 'Unused time on' : 'Remaining time on';
  const many = line.item.quantity === 1 ? '' : `${line.item.quantity} × `;
  return buildLine(world, subscription, {
    ...line,
    description: `${what} ${many}${productName(world, line.item.price)} after ${day}`,
    invoiceItem: world.ids.long('invoiceItem', line.period.start),
  });
}

function buildLine(
  world: World,
  subscription: StoredSubscription,
  { item, amount, description, period, invoiceItem }: NewLine,
): Stripe.InvoiceLineItem {
  return {
    id: world.ids.long('invoiceLine', world.main.now()),
    object: 'line_item',
    amount,
    currency: subscription.currency,
    description,
    discount_amounts: [],
    discountable: invoiceItem === null,
    discounts: [],
    invoice: null,
    livemode: false,
    metadata: subscription.metadata,
    parent: {
      invoice_item_details: null,
      subscription_item_details: {
        invoice_item: invoiceItem,
        proration: invoiceItem !== null,
        proration_details: { credited_items: null },
        subscription: subscription.id,
        subscription_item: item.id,
      },
      type: 'subscription_item_details',
    },
    period: { end: period.end, start: period.start },
    pretax_credit_amounts: [],
    pricing: {
      price_details: { price: item.price.id, product: item.price.product },
      type: 'price_details',
      unit_amount_decimal: item.price.unit_amount_decimal,
    },
    quantity: item.quantity,
    quantity_decimal: Stripe.Decimal.from(item.quantity),
    // Set on lines of a subscription's invoices; repeats `parent`.
    subscription: subscription.id,
    subtotal: amount,
    taxes: [],
  };
}

const productName = (world: World, price: StoredPrice) =>
  world.products.get(price.product)?.name ?? 'Product';

export function priceText(price: StoredPrice): string {
  const amount = (price.unit_amount ?? 0) / 100;
  const text = amount.toLocaleString('en-US', { style: 'currency', currency: price.currency.toUpperCase() });
  const { interval, interval_count: count } = price.recurring ?? { interval: 'month', interval_count: 1 };
  return `${text} / ${count === 1 ? interval : `every ${count} ${interval}s`}`;
}
