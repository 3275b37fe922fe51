import type Stripe from 'stripe';
import { periodEnd } from '../time/calendar.ts';
import type { StoredDiscount, StoredSubscription } from '../world/stored-objects.ts';
import type { World } from '../world/world.ts';

/** Replaces a subscription's discounts with those of the coupons. */
export function setDiscounts(
  world: World,
  subscription: StoredSubscription,
  coupons: readonly Stripe.Coupon[],
): void {
  const now = world.main.now();
  subscription.discounts = coupons.map((coupon) => {
    const discount = buildDiscount(world, subscription, coupon, now);
    world.discounts.add(discount);
    return discount.id;
  });
}

function buildDiscount(
  world: World,
  { id: subscription, customer }: StoredSubscription,
  coupon: Stripe.Coupon,
  now: number,
): StoredDiscount {
  const months = { interval: 'month', interval_count: coupon.duration_in_months ?? 1 } as const;
  return {
    id: world.ids.long('discount', now),
    object: 'discount',
    checkout_session: null,
    customer,
    customer_account: null,
    end: coupon.duration === 'repeating' ? periodEnd(now, months, now) : null,
    invoice: null,
    invoice_item: null,
    promotion_code: null,
    source: { coupon: coupon.id, type: 'coupon' },
    start: now,
    subscription,
    subscription_item: null,
  };
}

interface Reduction {
  readonly discount: string;
  readonly coupon: Stripe.Coupon;
}

/** Returns the discounts valid for a subscription's invoices at a time (seconds). */
function reductionsOf(world: World, { discounts }: StoredSubscription, at: number): Reduction[] {
  return discounts.flatMap((id) => {
    const discount = world.discounts.get(String(id));
    const coupon = discount && world.coupons.get(String(discount.source.coupon));
    const isValid = discount && (discount.end === null || at < discount.end);
    return coupon && isValid ? [{ discount: discount.id, coupon }] : [];
  });
}

/** Applies a subscription's discounts to amounts. */
export function discounted(
  world: World,
  subscription: StoredSubscription,
  amounts: readonly number[],
): number[] {
  const now = world.main.now();
  const coupons = reductionsOf(world, subscription, now).map(({ coupon }) => coupon);
  return afterCoupons(coupons, amounts);
}

export function afterCoupons(coupons: readonly Stripe.Coupon[], amounts: readonly number[]): number[] {
  return coupons.reduce<number[]>(
    (left, coupon) => {
      const offs = reductionsBy(coupon, left);
      return left.map((amount, index) => amount - (offs[index] ?? 0));
    },
    [...amounts],
  );
}

/** Returns lines with the discount amounts of each discountable line. */
export function withDiscounts(
  world: World,
  subscription: StoredSubscription,
  lines: readonly Stripe.InvoiceLineItem[],
): Stripe.InvoiceLineItem[] {
  const now = world.main.now();
  let reduced = [...lines];
  for (const { discount, coupon } of reductionsOf(world, subscription, now)) {
    const offs = reductionsBy(
      coupon,
      reduced.map((line) => (line.discountable ? netOf(line) : 0)),
    );
    reduced = reduced.map((line, index) => {
      const amount = offs[index] ?? 0;
      if (!line.discountable) return line;
      return { ...line, discount_amounts: [...(line.discount_amounts ?? []), { amount, discount }] };
    });
  }
  return reduced;
}

export function netOf({ amount, discount_amounts }: Stripe.InvoiceLineItem): number {
  return amount - (discount_amounts ?? []).reduce((sum, discount) => sum + discount.amount, 0);
}

/** Distributes a fixed amount off over the lines, in order. */
function reductionsBy({ percent_off, amount_off }: Stripe.Coupon, amounts: readonly number[]): number[] {
  if (percent_off !== null) return amounts.map((amount) => Math.round((amount * percent_off) / 100));
  let left = amount_off ?? 0;
  return amounts.map((amount) => {
    const off = Math.min(left, Math.max(0, amount));
    left -= off;
    return off;
  });
}

/** Ends discounts of `once` coupons after the first invoice that they reduced. */
export function endUsedDiscounts(
  world: World,
  subscription: StoredSubscription,
  { total_discount_amounts: used }: Stripe.Invoice,
): void {
  if (!used?.some(({ amount }) => amount > 0)) return;
  subscription.discounts = subscription.discounts.filter((id) => {
    const discount = world.discounts.get(String(id));
    const coupon = discount && world.coupons.get(String(discount.source.coupon));
    return coupon !== undefined && coupon.duration !== 'once';
  });
}
