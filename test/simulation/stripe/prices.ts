import type { PlanOfPrice } from '../../../shared/domain/stripe-subscription.ts';

/** What is sold: which plan a price buys, and for how many months. */
export const PRICES = {
  price_pro: { planId: 'pro', months: 1 },
  price_pro_year: { planId: 'pro', months: 12 },
  price_team: { planId: 'team', months: 1 },
} as const;
export type PriceId = keyof typeof PRICES;
export const PRICE_IDS = Object.keys(PRICES) as PriceId[]; // keys of the record above

export const PLAN_OF_PRICE: PlanOfPrice = new Map(PRICE_IDS.map((id) => [id, PRICES[id].planId]));

/** A plan's prices as its record names them. */
export function pricesOfPlan(planId: string): Record<string, string> {
  const ids = PRICE_IDS.filter((id) => PRICES[id].planId === planId);
  return Object.fromEntries(ids.map((id) => [id.replace('price_', ''), id]));
}
