import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { secondsUntil } from '../../../functions/http/problems.ts';
import { problemResponse } from '../../../functions/http/response.ts';
import { rateLimitHeaders } from '../../../functions/http/responses/rate-limit-headers.ts';
import { type Counter, FAR_FUTURE, MAX_AMOUNT, recount } from '../../../shared/domain/account.ts';
import { BLANK_COUNTER, IN_NOVEMBER, withCounters } from '../../support/sample-counters.ts';

describe('the RateLimit headers', () => {
  test('name every counter that may deny, and no other', () => {
    const gauge: Counter = {
      ...BLANK_COUNTER,
      interval: 'never',
      limit: 9,
      remaining: 8,
      periodEnd: FAR_FUTURE,
    };
    const soft: Counter = { ...BLANK_COUNTER, interval: 'week', enforced: false };
    const account = withCounters(recount(BLANK_COUNTER, { used: 50 }), gauge, soft);
    expect(rateLimitHeaders(account, ['aiRequest', 'upload'], IN_NOVEMBER)).toEqual({
      'RateLimit-Policy': '"aiRequest-month";q=100;w=2592000, "aiRequest-never";q=9',
      RateLimit: '"aiRequest-month";r=50;t=741600, "aiRequest-never";r=8',
    });
    expect(rateLimitHeaders(withCounters(soft), ['aiRequest'], IN_NOVEMBER)).toEqual({});
  });

  test('are structured fields for every balance', () => {
    const member = /^"[a-zA-Z0-9]+-\w+"(;[qrwt]=\d{1,15})+$/;
    const limit = fc.nat({ max: MAX_AMOUNT });
    fc.assert(
      fc.property(limit, limit, limit, (cap, used, later) => {
        const counter = {
          ...recount(BLANK_COUNTER, { limit: cap, used }),
          periodEnd: IN_NOVEMBER + 1 + (later % 1e12),
        };
        for (const value of Object.values(
          rateLimitHeaders(withCounters(counter), ['aiRequest'], IN_NOVEMBER),
        )) {
          expect(value).toMatch(member);
        }
      }),
    );
  });

  test('count at least a second', () => {
    expect(secondsUntil(IN_NOVEMBER + 1, IN_NOVEMBER)).toBe(1);
    expect(secondsUntil(IN_NOVEMBER + 1_001, IN_NOVEMBER)).toBe(2);
    expect(secondsUntil(IN_NOVEMBER - 5_000, IN_NOVEMBER)).toBe(1);
  });
});

test.each([
  [1, '1'],
  [0.2, '1'],
  [3_600, '3600'],
  [712_800, '3600'],
  [3_000_000, '3600'],
])('for a wait of %s seconds, Retry-After is %s', (retryAfterSeconds, header) => {
  const problem = { code: 'unavailable', detail: 'busy', retryAfterSeconds } as const;
  expect(problemResponse(problem, 'request').headers['Retry-After']).toBe(header);
});
