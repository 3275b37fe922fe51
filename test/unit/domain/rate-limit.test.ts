import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  isFull,
  latestFull,
  type RateLimit,
  takeTokens,
  tokenInterval,
} from '../../../shared/domain/rate-limit.ts';

const TEN: RateLimit = { requestsPerSecond: 10, burst: 20 };
const NOW = 1_800_000_000_000;

const limits = fc
  .record({
    requestsPerSecond: fc.integer({ min: 1, max: 10_000 }),
    seconds: fc.integer({ min: 1, max: 10 }),
  })
  .map(({ requestsPerSecond, seconds }) => ({ requestsPerSecond, burst: requestsPerSecond * seconds }));

describe('takeTokens', () => {
  it('grants a burst from a full bucket, and then one token each interval', () => {
    const first = takeTokens(0, TEN, 50, NOW);
    expect(first).toEqual({ code: 'granted', tokens: 20, fullAt: latestFull(TEN, NOW) });
    expect(takeTokens(first.fullAt, TEN, 1, NOW)).toMatchObject({ code: 'empty', retryAt: NOW + 100 });
    expect(takeTokens(first.fullAt, TEN, 1, NOW + 99)).toMatchObject({ code: 'empty', retryAt: NOW + 100 });
    expect(takeTokens(first.fullAt, TEN, 5, NOW + 250)).toMatchObject({ code: 'granted', tokens: 2 });
  });

  it('is full again after burst / requestsPerSecond seconds, and holds no more', () => {
    const { fullAt } = takeTokens(0, TEN, 20, NOW);
    expect([isFull(fullAt, NOW + 2_000), isFull(fullAt, NOW + 2_001)]).toEqual([false, true]);
    expect(takeTokens(fullAt, TEN, 50, NOW + 60_000)).toMatchObject({ tokens: 20 });
  });

  it('never exceeds a rate that does not divide a second', () => {
    expect(tokenInterval({ requestsPerSecond: 3, burst: 3 })).toBe(333_334);
    expect(tokenInterval({ requestsPerSecond: 9_999, burst: 9_999 })).toBe(101);
  });

  it('an empty bucket has a token at `retryAt`, and none a millisecond earlier', () => {
    fc.assert(
      fc.property(limits, fc.integer({ min: 0, max: 60_000 }), (limit, waitedMs) => {
        const { fullAt } = takeTokens(0, limit, limit.burst, NOW);
        const grant = takeTokens(fullAt, limit, 1, NOW + (waitedMs % 3));
        if (grant.code === 'granted') return;
        expect(takeTokens(fullAt, limit, 1, grant.retryAt).code).toBe('granted');
        expect(takeTokens(fullAt, limit, 1, grant.retryAt - 1).code).toBe('empty');
      }),
    );
  });

  it('grants at most rate * (t + d) + burst within any t, by clocks that differ by at most d', () => {
    const take = fc.record({
      gapMs: fc.oneof(
        { weight: 9, arbitrary: fc.integer({ max: 20, min: 0 }) },
        fc.integer({ max: 3_000, min: 0 }),
      ),
      clockMs: fc.integer({ min: 0, max: 500 }),
      wanted: fc.integer({ min: 1, max: 300 }),
    });
    fc.assert(
      fc.property(limits, fc.array(take, { minLength: 2, maxLength: 60 }), (limit, takes) => {
        let fullAt = 0;
        let time = NOW;
        const grants: { at: number; tokens: number }[] = [];
        for (const { gapMs, clockMs, wanted } of takes) {
          time += gapMs;
          const grant = takeTokens(fullAt, limit, wanted, time + clockMs);
          if (grant.code === 'granted') grants.push({ at: time, tokens: grant.tokens });
          fullAt = grant.fullAt;
        }
        for (const [index, { at: from }] of grants.entries()) {
          let sum = 0;
          for (const { at, tokens } of grants.slice(index)) {
            sum += tokens;
            const most = (limit.requestsPerSecond * (at - from + 500)) / 1_000 + limit.burst;
            expect(sum).toBeLessThanOrEqual(most);
          }
        }
      }),
    );
  });
});
