import { expect } from 'vitest';
import { call } from './api.ts';
import type { SeededApi } from './seeded-api.ts';

/** Puts the plan `gold`, 1,000 aiRequests a month, with the Stripe prices that buy it. */
export async function putGoldPlan(
  { adminKey }: Pick<SeededApi, 'adminKey'>,
  prices: Readonly<Record<string, string>>,
  more: object = {},
): Promise<void> {
  const allowances = [{ feature: 'aiRequest', limit: 1_000, interval: 'month' }];
  const body = { name: 'Gold', allowances, prices, ...more };
  const { status } = await call('putPlan', { key: adminKey, path: { planId: 'gold' }, body });
  expect([200, 201]).toContain(status);
}
