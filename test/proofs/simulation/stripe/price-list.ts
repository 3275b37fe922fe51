import { currentPlanKey } from '../../../../shared/adapters/dynamodb/keys.ts';
import type { Plan } from '../../../../shared/domain/plan.ts';
import type { PlanOfPrice } from '../../../../shared/domain/subscriptions/stripe-subscription.ts';
import type { Written } from '../dynamodb/memory-table.ts';
import { PLAN_OF_PRICE } from './prices.ts';

/** The plan of each price from one change on, until another. They share Stripe's numbering. */
export interface Named {
  readonly until: number;
  readonly since: number;
  readonly planOfPrice: PlanOfPrice;
}

/** The current plan of each price, and the last plan that named it. */
export class PriceList {
  readonly #nextChange: () => number;
  readonly #ever: Named[] = [{ since: 0, until: Number.POSITIVE_INFINITY, planOfPrice: PLAN_OF_PRICE }];

  constructor(nextChange: () => number) {
    this.#nextChange = nextChange;
  }

  onWrite({ key, after }: Written): void {
    if (key.sk !== currentPlanKey('').sk || !after) return;
    const { id, prices = {} } = after.plan as unknown as Plan; // written by one store alone
    for (const priceId of Object.values(prices)) if (this.now.get(priceId) !== id) this.#learn(priceId, id);
  }

  #learn(priceId: string, planId: string): void {
    const planOfPrice = new Map(this.now).set(priceId, planId);
    const since = this.#nextChange();
    const before = this.#ever.pop();
    if (before) this.#ever.push({ ...before, until: since });
    this.#ever.push({ since, until: Number.POSITIVE_INFINITY, planOfPrice });
  }

  get now(): PlanOfPrice {
    return this.#ever.at(-1)?.planOfPrice ?? PLAN_OF_PRICE;
  }

  get ever(): readonly Named[] {
    return this.#ever;
  }
}
