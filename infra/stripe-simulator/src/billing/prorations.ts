import type Stripe from 'stripe';
import type { StoredPrice, StoredSubscription, StoredSubscriptionItem } from '../world/stored-objects.ts';
import type { World } from '../world/world.ts';
import { discounted } from './discounts.ts';
import { lineOfProration } from './invoice-lines.ts';
import { currentPeriod } from './subscription-object.ts';

/** The price of an item, without its period. */
interface Charged {
  readonly id: string;
  readonly price: StoredPrice;
  readonly quantity: number;
}

export const chargedItems = (subscription: StoredSubscription): Charged[] =>
  subscription.items.data.map(({ id, price, quantity }: StoredSubscriptionItem) => ({ id, price, quantity }));

const costOf = ({ price, quantity }: Charged) => (price.unit_amount ?? 0) * quantity;

/**
 * Builds the lines of a change in mid-period: a credit for the unused paid time, and a debit for the rest at
 * the new price, by the second. Call it before the period changes.
 *
 * @param after null if the rest of the period is not charged, or charged by other lines
 */
export function prorationLines(
  world: World,
  subscription: StoredSubscription,
  before: readonly Charged[],
  after: readonly Charged[] | null,
): Stripe.InvoiceLineItem[] {
  const now = world.main.now();
  const { start, end } = currentPeriod(subscription);
  // A trial was not paid, and a past period has no rest.
  if (subscription.status === 'trialing' || end <= now) return [];
  const period = { start: now, end };
  const share = (end - now) / (end - start);
  const isChanged = (item: Charged, among: readonly Charged[]) =>
    !among.some(
      (other) => other.id === item.id && other.price.id === item.price.id && other.quantity === item.quantity,
    );
  const lineOf = (item: Charged, sign: 1 | -1) => {
    // Prorations use the discounted price, so they are not discountable.
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

/** Adds lines to the subscription's next invoice. */
export function keepForNextInvoice(
  world: World,
  subscription: StoredSubscription,
  lines: readonly Stripe.InvoiceLineItem[],
): void {
  const pending = world.pendingLines.get(subscription.id) ?? [];
  if (lines.length > 0) world.pendingLines.set(subscription.id, [...pending, ...lines]);
}

/** Credits the whole rest of the period. */
export function prorateRest(world: World, subscription: StoredSubscription): void {
  keepForNextInvoice(
    world,
    subscription,
    prorationLines(world, subscription, chargedItems(subscription), null),
  );
}
