import {
  currentPlanKey,
  planListKey,
  planVersionKey,
  priceKey,
} from '../../../shared/adapters/dynamodb/keys.ts';
import type { Plan } from '../../../shared/domain/plan.ts';
import { type AttributeMap, copyOf } from './dynamodb/attribute.ts';
import type { MemoryTable } from './dynamodb/memory-table.ts';
import { pricesOfPlan } from './stripe/prices.ts';

/** Puts a plan's first version into the table, with its Stripe prices. */
export function seedPlan(
  table: MemoryTable,
  id: string,
  allowances: Plan['allowances'],
  createdAt: number,
): void {
  const prices = pricesOfPlan(id);
  const plan: Plan = { id, version: 1, name: id, allowances, prices, createdAt };
  for (const priceId of Object.values(prices)) table.put({ ...priceKey(priceId), priceId, planId: id });
  for (const key of [planVersionKey(id, 1), currentPlanKey(id), planListKey(id)]) {
    table.put(copyOf({ ...key, plan }) as AttributeMap); // a record
  }
}
