import { expect } from 'vitest';
import { call } from './api.ts';
import type { SeededApi } from './seeded-api.ts';

/** Puts the plan `gold`, 1,000 aiRequests a month, with the prices of Stripe's that buy it. */
export async function putGoldPlan(
  { adminKey }: Pick<SeededApi, 'adminKey'>,
  prices: Readonly<Record<string, string>>,
): Promise<void> {
  const allowances = [{ feature: 'aiRequest', limit: 1_000, interval: 'month' }];
  const body = { name: 'Gold', allowances, prices };
  expect((await call('putPlan', { key: adminKey, path: { planId: 'gold' }, body })).status).toBe(201);
}
