import type { Account, Amounts } from '../../shared/domain/account.ts';
import { debit } from '../../shared/domain/debit.ts';
import { DEFAULT_CATALOGUE, openAccount, type Plan } from '../../shared/domain/plan.ts';
import { accountView, type Outcome } from '../http/responses/quota-view.ts';
import { rateLimitHeaders } from '../http/responses/rate-limit-headers.ts';

/**
 * The account that the examples show, at one moment. The code that makes the responses makes the examples,
 * too.
 */

export const NOW = Date.parse('2026-11-22T10:00:00Z');
export const CREATED_AT = Date.parse('2026-11-01T08:00:00Z');

export function content(planId: string) {
  const found = DEFAULT_CATALOGUE[planId];
  if (!found) throw new Error(`the catalogue has no plan "${planId}"`);
  return found;
}

export const free: Plan = { id: 'free', version: 1, createdAt: CREATED_AT, ...content('free') };

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

export const done: Outcome = {
  allowed: true,
  code: 'allowed',
  operationId: '01a4b6e0-9c1f-7d3e-8a52-6f0b9d1c2e34',
  replayed: false,
};

/** An outcome that wrote nothing. */
export const asked: Outcome = { ...done, operationId: null };

/** What every change of a whole account returns. */
export const ACCOUNT_CHANGE = {
  ...accountView(sample, NOW),
  operationId: done.operationId,
  replayed: false,
};

export const RATE_LIMIT = rateLimitHeaders(sample, ['aiRequest'], NOW);
