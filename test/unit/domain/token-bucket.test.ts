import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TokenBucket } from '../../../shared/domain/token-bucket.ts';

const PER_SECOND = 15;
const BURST = 5;
/** Stripe's rate limit in test mode, for the whole account. */
const STRIPE_PER_SECOND = 25;

/** The departure times of calls that arrive with these gaps in ms. */
function leaving(gaps: readonly number[]): number[] {
  const bucket = new TokenBucket(PER_SECOND, 0);
  let now = 0;
  return gaps.map((gap) => {
    now += gap;
    return now + bucket.take(now);
  });
}

/** The most calls within any second. */
function busiestSecond(times: readonly number[]): number {
  return Math.max(...times.map((from) => times.filter((at) => at >= from && at < from + 1_000).length));
}

describe('a token bucket', () => {
  it('passes a burst at once, and further calls one by one', () => {
    const times = leaving(Array.from({ length: 65 }, () => 0));
    expect(times.filter((at) => at === 0)).toHaveLength(BURST);
    expect(times.at(-1)).toBe(4_000);
    expect(times).toEqual([...times].sort((a, b) => a - b));
  });

  it('never exceeds Stripe’s rate limit within any second, for any arrivals', () => {
    // Mostly bursts, sometimes a pause.
    const gap = fc.oneof(
      { weight: 30, arbitrary: fc.constant(0) },
      { weight: 3, arbitrary: fc.integer({ min: 1, max: 100 }) },
      { weight: 1, arbitrary: fc.integer({ min: 100, max: 5_000 }) },
    );
    fc.assert(
      fc.property(fc.array(gap, { minLength: 40, maxLength: 120 }), (gaps) => {
        const busiest = busiestSecond(leaving(gaps));
        expect(busiest).toBeLessThanOrEqual(PER_SECOND + BURST);
        expect(busiest).toBeLessThan(STRIPE_PER_SECOND);
      }),
    );
  });

  it('refills at its rate', () => {
    const bucket = new TokenBucket(PER_SECOND, 0);
    for (let taken = 0; taken < BURST; taken += 1) bucket.take(0);
    expect([bucket.take(200), bucket.take(200), bucket.take(200)]).toEqual([0, 0, 0]);
    expect(bucket.take(200)).toBe(67);
  });

  it('saves at most one burst; a clock set back gives nothing', () => {
    const bucket = new TokenBucket(PER_SECOND, 1_000_000);
    for (let taken = 0; taken < BURST; taken += 1) expect(bucket.take(9_000_000)).toBe(0);
    expect(bucket.take(9_000_000)).toBe(67);
    expect(bucket.take(8_000_000)).toBe(134);
  });
});
