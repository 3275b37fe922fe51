import type Stripe from 'stripe';
import type { StoredPrice, StoredSubscription, StoredSubscriptionItem } from '../world/stored-objects.ts';
import type { World } from '../world/world.ts';
import { discounted } from './discounts.ts';
import { lineOfProration } from './invoice-lines.ts';
import { currentPeriod } from './subscription-object.ts';

/** What an item costs, apart from the period it costs it for. */
interface Charged {
  readonly id: string;
  readonly price: StoredPrice;
  readonly quantity: number;
}

export const chargedItems = (subscription: StoredSubscription): Charged[] =>
  subscription.items.data.map(({ id, price, quantity }: StoredSubscriptionItem) => ({ id, price, quantity }));

const costOf = ({ price, quantity }: Charged) => (price.unit_amount ?? 0) * quantity;

/**
 * The lines of a change in mid-period: a credit for what was paid and not used, a debit for the rest at the new price,
 * by the second. To be called while the period is still the one that was paid for.
 *
 * @param after null when the rest of the period is no longer charged for, or by lines of its own
 */
export function prorationLines(
  world: World,
  subscription: StoredSubscription,
  before: readonly Charged[],
  after: readonly Charged[] | null,
): Stripe.InvoiceLineItem[] {
  const now = world.main.now();
  const { start, end } = currentPeriod(subscription);
  // Nothing was paid for a trial, and nothing is left of a period that is over.
  if (subscription.status === 'trialing' || end <= now) return [];
  const period = { start: now, end };
  const share = (end - now) / (end - start);
  const isChanged = (item: Charged, among: readonly Charged[]) =>
    !among.some(
      (other) => other.id === item.id && other.price.id === item.price.id && other.quantity === item.quantity,
    );
  const lineOf = (item: Charged, sign: 1 | -1) => {
    // A proration is of the price after discounts, and cannot be discounted again.
    const [cost = 0] = discounted(world, subscription, [costOf(item)]);
    const amount = sign * Math.round(cost * share);
    return lineOfProration(world, subscription, { item, amount, period });
  };
  const credits = before
    .filter((item) => after === null || isChanged(item, after))
    .map((item) => lineOf(item, -1));
  const debits = (after ?? []).filter((item) => isChanged(item, before)).map((item) => lineOf(item, 1));
  return [...credits, ...debits].filter((line) => line.amount !== 0);
}

/** Keeps lines for the subscription's next invoice. */
export function keepForNextInvoice(
  world: World,
  subscription: StoredSubscription,
  lines: readonly Stripe.InvoiceLineItem[],
): void {
  const pending = world.pendingLines.get(subscription.id) ?? [];
  if (lines.length > 0) world.pendingLines.set(subscription.id, [...pending, ...lines]);
}

/** A credit for all of the period that is left. */
export function prorateRest(world: World, subscription: StoredSubscription): void {
  keepForNextInvoice(
    world,
    subscription,
    prorationLines(world, subscription, chargedItems(subscription), null),
  );
}
