import { priceKey } from '../../../shared/adapters/dynamodb/keys.ts';
import type { PlanOfPrice } from '../../../shared/domain/stripe-subscription.ts';
import type { Written } from '../dynamodb/memory-table.ts';
import { PLAN_OF_PRICE } from './prices.ts';

/** Which plan each price bought from one change on, until another. They are counted together with Stripe's. */
export interface Named {
  readonly until: number;
  readonly since: number;
  readonly planOfPrice: PlanOfPrice;
}

/** What plans name, and ever named: they may learn a price, and give it up. */
export class PriceList {
  readonly #nextChange: () => number;
  readonly #ever: Named[] = [{ since: 0, until: Number.POSITIVE_INFINITY, planOfPrice: PLAN_OF_PRICE }];

  constructor(nextChange: () => number) {
    this.#nextChange = nextChange;
  }

  saw({ key, after }: Written): void {
    if (key.sk !== priceKey('').sk) return;
    const priceId = key.pk.slice(priceKey('').pk.length);
    const planId = after?.planId as string | undefined; // written by one store alone
    if (this.now.get(priceId) === planId) return;
    const others = [...this.now].filter(([id]) => id !== priceId);
    const planOfPrice = new Map(planId === undefined ? others : [...others, [priceId, planId]]);
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
