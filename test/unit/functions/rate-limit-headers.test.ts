import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { rateLimitHeaders, retryAfterSeconds } from '../../../functions/replies/rate-limit-headers.ts';
import {
  type Account,
  type Counter,
  FAR_FUTURE,
  MAX_AMOUNT,
  recount,
} from '../../../shared/domain/account.ts';
import { openAccount } from '../../../shared/domain/plan.ts';

const NOW = Date.parse('2026-11-22T10:00:00Z');
const blank: Counter = {
  interval: 'month',
  limit: 100,
  granted: 0,
  used: 0,
  held: 0,
  remaining: 100,
  lifetime: 0,
  enforced: true,
  periodStart: Date.parse('2026-11-01T00:00:00Z'),
  periodEnd: Date.parse('2026-12-01T00:00:00Z'),
};

function withCounters(...counters: Counter[]): Account {
  const plan = { id: 'free', version: 1, name: 'Free', allowances: [], createdAt: 0 };
  return { ...openAccount('u', plan, NOW), counters: new Map([['aiRequest', counters]]) };
}

describe('the RateLimit headers', () => {
  test('name every counter that may deny, and no other', () => {
    const gauge: Counter = { ...blank, interval: 'never', limit: 9, remaining: 8, periodEnd: FAR_FUTURE };
    const soft: Counter = { ...blank, interval: 'week', enforced: false };
    const account = withCounters(recount(blank, { used: 50 }), gauge, soft);
    expect(rateLimitHeaders(account, ['aiRequest', 'upload'], NOW)).toEqual({
      'RateLimit-Policy': '"aiRequest-month";q=100;w=2592000, "aiRequest-never";q=9',
      RateLimit: '"aiRequest-month";r=50;t=741600, "aiRequest-never";r=8',
    });
    expect(rateLimitHeaders(withCounters(soft), ['aiRequest'], NOW)).toEqual({});
  });

  test('are structured fields for every balance', () => {
    const member = /^"[a-zA-Z0-9]+-\w+"(;[qrwt]=\d{1,15})+$/;
    const limit = fc.nat({ max: MAX_AMOUNT });
    fc.assert(
      fc.property(limit, limit, limit, (cap, used, later) => {
        const counter = { ...recount(blank, { limit: cap, used }), periodEnd: NOW + 1 + (later % 1e12) };
        for (const value of Object.values(rateLimitHeaders(withCounters(counter), ['aiRequest'], NOW))) {
          expect(value).toMatch(member);
        }
      }),
    );
  });

  test('wait at least a second, and not for what never comes', () => {
    expect(retryAfterSeconds(NOW + 1, NOW)).toBe(1);
    expect(retryAfterSeconds(NOW + 1_001, NOW)).toBe(2);
    expect(retryAfterSeconds(NOW - 5_000, NOW)).toBe(1);
    expect(retryAfterSeconds(FAR_FUTURE, NOW)).toBeUndefined();
  });
});
