import type { Account, Amounts } from '../../shared/domain/account.ts';
import { debit } from '../../shared/domain/debit.ts';
import { placeHold, settleHold } from '../../shared/domain/hold.ts';
import { DEFAULT_CATALOGUE, openAccount, type Plan } from '../../shared/domain/plan.ts';
import { accountView, batchResult, type Outcome, quotaResult } from '../../shared/domain/quota-result.ts';
import { cacheStatsView } from '../http/responses/cache-view.ts';
import { planListView, planReadingView, planVersionsView, planView } from '../http/responses/plan-view.ts';
import { rateLimitHeaders } from '../http/responses/rate-limit-headers.ts';
import { usageView } from '../http/responses/usage-view.ts';

/** Examples made by the code that makes the answers, from one account at one moment. */

export const NOW = Date.parse('2026-11-22T10:00:00Z');
const CREATED_AT = Date.parse('2026-11-01T08:00:00Z');

const free: Plan = { id: 'free', version: 1, createdAt: CREATED_AT, ...content('free') };
const prices = { monthly: 'price_1SYpro0000000000monthly', yearly: 'price_1SYpro00000000000yearly' };
const pro: Plan = { id: 'pro', version: 1, createdAt: CREATED_AT, ...content('pro'), prices };

function content(planId: string) {
  const found = DEFAULT_CATALOGUE[planId];
  if (!found) throw new Error(`the catalogue has no plan "${planId}"`);
  return found;
}

const used: Amounts = new Map([
  ['aiRequest', 42],
  ['upload', 3],
  ['storage', 73_400_320],
]);

/** A user in the middle of a month. */
export const sample: Account = {
  ...debit(openAccount('user-42', free, Date.parse('2026-11-03T09:30:00Z')), used),
  version: 17,
};
export const one: Amounts = new Map([['aiRequest', 1]]);

const done: Outcome = {
  allowed: true,
  code: 'allowed',
  operationId: '01a4b6e0-9c1f-7d3e-8a52-6f0b9d1c2e34',
  replayed: false,
};
const asked: Outcome = { ...done, operationId: null };
const operation = { operationId: done.operationId, replayed: false };
const reservationId = 'q3Zk0vXb1T9hYw2L';
const held = placeHold(sample, reservationId, new Map([['aiRequest', 5]]), NOW + 300_000);

/** As it is answered when the reservation is confirmed with an amount. */
function settlement(amount: number) {
  const hold = held.holds.get(reservationId);
  if (!hold) throw new Error('the example is a reservation that is open');
  const { account, overdrawn } = settleHold(held, reservationId, hold, new Map([['aiRequest', amount]]), NOW);
  const verdict = { ...done, operationId: `settle_${reservationId}` };
  return {
    reservationId,
    ...quotaResult(account, 'aiRequest', amount, verdict, NOW),
    overdrawn: overdrawn[0]?.amount ?? 0,
  };
}

export const ANSWERS = {
  result: quotaResult(sample, 'aiRequest', 1, done, NOW),
  gauge: quotaResult(sample, 'storage', 2_048, done, NOW),
  granted: quotaResult(sample, 'aiRequest', 50, done, NOW),
  check: { ...quotaResult(sample, 'aiRequest', 1, asked, NOW), cached: false },
  denied: quotaResult(sample, 'aiRequest', 100, { ...asked, allowed: false, code: 'exceeded' }, NOW),
  batch: batchResult(
    sample,
    new Map([
      ['aiRequest', 1],
      ['storage', 2_048],
    ]),
    done,
    NOW,
  ),
  reservation: {
    reservationId,
    expiresAt: new Date(NOW + 300_000).toISOString(),
    ...quotaResult(held, 'aiRequest', 5, done, NOW),
  },
  settlement: settlement(4),
  overdrawnSettlement: settlement(70),
  account: { ...accountView(sample, NOW), cached: false },
  accountChange: { ...accountView(sample, NOW), ...operation },
  usage: usageView(
    {
      account: sample,
      asOf: NOW,
      cached: false,
      features: [
        {
          feature: 'aiRequest',
          daysVersion: 15,
          days: [
            { date: '2026-11-20', used: 30 },
            { date: '2026-11-22', used: 12 },
          ],
          levels: undefined,
        },
        {
          feature: 'storage',
          daysVersion: 17,
          days: [],
          levels: [{ date: '2026-11-22', opening: 0, stored: 73_400_320, peak: 104_857_600 }],
        },
      ],
    },
    { from: '2026-11-01', to: '2026-11-22' },
  ),
  cacheStats: cacheStatsView({ quota: { l1Hits: 700, l2Hits: 200, misses: 100, fills: 180, errors: 0 } }),
  warmUp: { plans: 0, users: 1 },
  plan: planView(pro),
  currentPlan: planReadingView({ plan: pro, asOf: NOW, cached: false }),
  planVersions: planVersionsView('pro', { items: [pro], next: undefined }),
  plans: planListView({ items: [free, pro], next: undefined }),
  newKey: {
    key: `qk_${'example-'.repeat(5)}key`,
    keyId: 'ab'.repeat(32),
    name: 'billing backend',
    scopes: ['quota', 'read'],
    createdAt: new Date(NOW).toISOString(),
  },
  health: { status: 'ok' },
} as const;

export const RATE_LIMIT = rateLimitHeaders(sample, ['aiRequest'], NOW);

/** Bodies that the schemas accept. */
export const REQUESTS = {
  use: { userId: 'user-42', type: 'aiRequest', amount: 1, resourceType: 'document', resourceId: 'doc-7' },
  check: { userId: 'user-42', type: 'aiRequest', amount: 1 },
  releaseGauge: { userId: 'user-42', type: 'storage', amount: 2_048 },
  batch: {
    userId: 'user-42',
    items: [
      { type: 'aiRequest', amount: 1 },
      { type: 'storage', amount: 2_048 },
    ],
  },
  reset: { userId: 'user-42', types: ['aiRequest'] },
  grant: { userId: 'user-42', type: 'aiRequest', amount: 50, reason: 'outage of 21 November' },
  reserve: { userId: 'user-42', type: 'aiRequest', amount: 5, ttlSeconds: 300 },
  confirm: { userId: 'user-42', amount: 4 },
  release: { userId: 'user-42' },
  userPlan: { planId: 'pro', timeZone: 'Europe/Berlin' },
  plan: { ...content('pro'), prices, thresholds: { warning: 75, critical: 90 }, trialDays: 14 },
  key: { name: 'billing backend', scopes: ['read', 'billing'] },
  warmUp: { userId: 'user-42' },
} as const;
