import fc from 'fast-check';
import { expect, it } from 'vitest';
import { MAX_AMOUNT } from '../../../shared/domain/account.ts';
import {
  DEFAULT_THRESHOLDS,
  levelOf,
  percentUsed,
  rankOf,
  THRESHOLD_BOUNDS,
  thresholdOf,
  USAGE_LEVELS,
} from '../../../shared/domain/threshold.ts';

it('a level begins at the plan’s percentage, and exhausted always at 100 percent', () => {
  expect(thresholdOf('warning', { warning: 50, critical: 60 })).toBe(50);
  expect(thresholdOf('critical', { warning: 50, critical: 60 })).toBe(60);
  expect(thresholdOf('exhausted', { warning: 50, critical: 60 })).toBe(100);
});

it('a counter without a limit, or with a limit of 0, reaches no level', () => {
  for (const limit of [null, 0]) {
    expect(levelOf({ limit, used: 0 }, DEFAULT_THRESHOLDS)).toBeUndefined();
    expect(levelOf({ limit, used: 9 }, DEFAULT_THRESHOLDS)).toBeUndefined();
  }
});

it('levels rank from 0, below all of them, to 3', () => {
  expect([undefined, ...USAGE_LEVELS].map(rankOf)).toEqual([0, 1, 2, 3]);
});

it('any percentage of a plan is reached by exactly that share of the limit', () => {
  for (let warning = THRESHOLD_BOUNDS.least; warning < THRESHOLD_BOUNDS.most; warning += 1) {
    const thresholds = { warning, critical: THRESHOLD_BOUNDS.most };
    expect(levelOf({ limit: 100, used: warning }, thresholds), `${warning} of 100`).toBe('warning');
    expect(levelOf({ limit: 100, used: warning - 1 }, thresholds), `${warning - 1} of 100`).toBeUndefined();
    expect(percentUsed(warning, 100)).toBe(warning);
  }
});

it('a level begins with the very unit that reaches its share of the limit, for all amounts', () => {
  const limits = fc.oneof(fc.integer({ min: 1, max: 1_000 }), fc.integer({ min: 2 ** 46, max: MAX_AMOUNT }));
  const percents = fc.integer({ min: THRESHOLD_BOUNDS.least, max: THRESHOLD_BOUNDS.most - 1 });
  fc.assert(
    fc.property(limits, percents, fc.integer({ min: -2, max: 2 }), (limit, warning, offset) => {
      const used = Math.max(0, Number((BigInt(limit) * BigInt(warning)) / 100n) + offset);
      // By multiplication alone; the code divides.
      const isReached = (percent: number) => BigInt(used) * 100n >= BigInt(limit) * BigInt(percent);
      const thresholds = { warning, critical: THRESHOLD_BOUNDS.most };
      const rank = [warning, THRESHOLD_BOUNDS.most, 100].filter(isReached).length;
      expect(rankOf(levelOf({ limit, used }, thresholds))).toBe(rank);
    }),
    { numRuns: 5_000 },
  );
});
