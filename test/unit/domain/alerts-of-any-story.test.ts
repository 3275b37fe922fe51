import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Counter } from '../../../shared/domain/account.ts';
import { type Crossing, closedPeriods, crossingsOf, mayCross } from '../../../shared/domain/alert.ts';
import type { AccountChange } from '../../../shared/domain/rollup.ts';
import { DEFAULT_THRESHOLDS, levelOf, rankOf, THRESHOLD_BOUNDS } from '../../../shared/domain/threshold.ts';
import { type AccountHistory, anyStory, replay } from '../../support/random-accounts.ts';

const changesOf = (images: AccountHistory['images']): AccountChange[] =>
  images.map((after, index) => ({ before: images[index - 1], after }));
const DEFAULTS = () => DEFAULT_THRESHOLDS;

describe('for any history of an account', () => {
  it('the crossings of a period lead to the level of its counter', () => {
    fc.assert(
      fc.property(anyStory, (story) => {
        const { images } = replay(story);
        const reached = new Map<string, number>();
        for (const change of changesOf(images)) {
          for (const crossing of crossingsOf(change, DEFAULTS)) follow(reached, crossing);
        }
        for (const [feature, list] of images.at(-1)?.counters ?? []) {
          // While a plan grants none of a feature, its alerts do not change.
          for (const counter of list.filter(({ limit }) => limit !== 0)) {
            const rank = rankOf(levelOf(counter, DEFAULT_THRESHOLDS));
            expect(reached.get(keyOf(feature, counter)) ?? 0, feature).toBe(rank);
          }
        }
      }),
      { numRuns: 300 },
    );
  });

  it('checking only accounts near a limit misses no crossing', () => {
    fc.assert(
      fc.property(anyStory, (story) => {
        for (const change of changesOf(replay(story).images)) {
          const least = { warning: THRESHOLD_BOUNDS.least, critical: THRESHOLD_BOUNDS.most };
          const crossed = crossingsOf(change, () => least).length > 0;
          if (crossed) expect(mayCross(change, THRESHOLD_BOUNDS.least)).toBe(true);
        }
      }),
      { numRuns: 200 },
    );
  });

  it('every closed period is reported once, with its usage', () => {
    fc.assert(
      fc.property(anyStory, (story) => {
        const reported = new Map<string, number>();
        for (const change of changesOf(replay(story).images)) {
          for (const { feature, interval, periodStart, used, cause } of closedPeriods(change)) {
            expect(used).toBeGreaterThan(0);
            if (cause === 'reset') continue;
            const key = `${feature} ${interval} ${periodStart}`;
            expect(reported.has(key), key).toBe(false);
            reported.set(key, used);
          }
        }
      }),
      { numRuns: 200 },
    );
  });
});

function follow(reached: Map<string, number>, { feature, counter, from, to, isResumed }: Crossing): void {
  const key = keyOf(feature, counter);
  if (!isResumed) expect(reached.get(key) ?? 0, key).toBe(rankOf(from));
  reached.set(key, rankOf(to));
}

function keyOf(feature: string, { interval, periodStart }: Counter): string {
  return `${feature} ${interval} ${periodStart}`;
}
