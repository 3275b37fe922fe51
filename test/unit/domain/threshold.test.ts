import { expect, it } from 'vitest';
import {
  DEFAULT_THRESHOLDS,
  levelOf,
  rankOf,
  thresholdOf,
  USAGE_LEVELS,
} from '../../../shared/domain/threshold.ts';

it('a level begins where the plan says, and everybody is exhausted at 100 percent', () => {
  expect(thresholdOf('warning', { warning: 50, critical: 60 })).toBe(50);
  expect(thresholdOf('critical', { warning: 50, critical: 60 })).toBe(60);
  expect(thresholdOf('exhausted', { warning: 50, critical: 60 })).toBe(100);
});

it('what has no limit, or a limit of 0, reaches no level', () => {
  for (const limit of [null, 0]) {
    expect(levelOf({ limit, used: 0 }, DEFAULT_THRESHOLDS)).toBeUndefined();
    expect(levelOf({ limit, used: 9 }, DEFAULT_THRESHOLDS)).toBeUndefined();
  }
});

it('levels rank from 0, below all of them, to 3', () => {
  expect([undefined, ...USAGE_LEVELS].map(rankOf)).toEqual([0, 1, 2, 3]);
});
