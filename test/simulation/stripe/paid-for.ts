import type { PlanOfPrice, StripeSubscription } from '../../../shared/domain/stripe-subscription.ts';

const GRACE_SECONDS = 7 * 86_400;

/** Whether a state of Stripe's may let anybody use anything. */
export function mayGrant(status: string): boolean {
  return status === 'active' || status === 'trialing' || status === 'past_due';
}

/** Until when somebody whose payment failed is served (epoch ms): `undefined` of what is not past due. */
export function graceEndOf({ status, unpaidSince = 0 }: StripeSubscription): number | undefined {
  return status === 'past_due' ? (unpaidSince + GRACE_SECONDS) * 1_000 : undefined;
}

/**
 * Whether any of a user's subscriptions lets them use anything at a moment (epoch ms): a second opinion, by the table of the
 * README alone.
 */
export function isPaidFor(
  list: readonly StripeSubscription[],
  planOfPrice: PlanOfPrice,
  atMs: number,
): boolean {
  return list.some((subscription) => {
    const { status, items, cancel_at } = subscription;
    const isNamed = items.data.some(({ price }) => planOfPrice.has(price.id));
    const isOver = cancel_at !== null && cancel_at * 1_000 <= atMs;
    const isInGrace = atMs < (graceEndOf(subscription) ?? Number.POSITIVE_INFINITY);
    return mayGrant(status) && isNamed && !isOver && isInGrace;
  });
}
