import type { PlanOfPrice } from '../../../../shared/domain/subscriptions/stripe-subscription.ts';

/** The products: the initial plan of each price, its months, and its cents. */
export const PRICES = {
  price_pro: { planId: 'pro', months: 1, amount: 1_000 },
  price_pro_year: { planId: 'pro', months: 12, amount: 10_000 },
  price_team: { planId: 'team', months: 1, amount: 3_000 },
  /** Costs nothing. */
  price_free: { planId: 'pro', months: 1, amount: 0 },
  /** No plan names it, until an edit does. */
  price_odd: { planId: undefined, months: 1, amount: 500 },
} as const;
export type PriceId = keyof typeof PRICES;
export const ODD_PRICE: PriceId = 'price_odd';
export const FREE_PRICE: PriceId = 'price_free';
/** The prices that plans name from the beginning. */
const NAMED_IDS = (Object.keys(PRICES) as PriceId[]).filter((id) => id !== ODD_PRICE); // keys of the record above
/** The prices for random choices. */
export const PRICE_IDS = NAMED_IDS.filter((id) => id !== FREE_PRICE);

export const PLAN_OF_PRICE: PlanOfPrice = new Map(
  NAMED_IDS.flatMap((id) => {
    const { planId } = PRICES[id];
    return planId === undefined ? [] : [[id, planId]];
  }),
);

/** A plan's prices, as in its record. */
export function pricesOfPlan(planId: string): Record<string, string> {
  const ids = NAMED_IDS.filter((id) => PRICES[id].planId === planId);
  return Object.fromEntries(ids.map((id) => [id.replace('price_', ''), id]));
}
