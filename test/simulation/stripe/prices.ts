import type { PlanOfPrice } from '../../../shared/domain/stripe-subscription.ts';

/** What is sold: which plan a price buys to begin with, and for how many months. */
export const PRICES = {
  price_pro: { planId: 'pro', months: 1 },
  price_pro_year: { planId: 'pro', months: 12 },
  price_team: { planId: 'team', months: 1 },
  /** No plan names it, until one learns it. */
  price_odd: { planId: undefined, months: 1 },
} as const;
export type PriceId = keyof typeof PRICES;
export const ODD_PRICE: PriceId = 'price_odd';
/** Those that plans name from the beginning. */
export const PRICE_IDS = (Object.keys(PRICES) as PriceId[]).filter((id) => id !== ODD_PRICE); // keys of the record above

export const PLAN_OF_PRICE: PlanOfPrice = new Map(
  PRICE_IDS.flatMap((id) => {
    const { planId } = PRICES[id];
    return planId === undefined ? [] : [[id, planId]];
  }),
);

/** A plan's prices as its record names them. */
export function pricesOfPlan(planId: string): Record<string, string> {
  const ids = PRICE_IDS.filter((id) => PRICES[id].planId === planId);
  return Object.fromEntries(ids.map((id) => [id.replace('price_', ''), id]));
}
