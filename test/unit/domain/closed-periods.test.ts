import { describe, expect, it } from 'vitest';
import type { Change } from '../../../shared/domain/account.ts';
import { closedPeriods } from '../../../shared/domain/alert.ts';
import { type Image, image, nextPeriod } from '../../support/account-image.ts';
import { counterOf, SAMPLE_NOW } from '../../support/sample-account.ts';

describe('a period is closed', () => {
  const before = image({ used: 40 });
  const { periodStart, periodEnd } = counterOf(before);
  const closed = {
    userId: 'someone',
    feature: 'aiRequest',
    interval: 'month',
    periodStart,
    periodEnd,
    limit: 100,
    used: 40,
    version: 2,
    at: SAMPLE_NOW,
  };
  const changed = (kind: Change['kind'], used: number): Image => {
    const next = image({ used });
    return { ...next, change: { ...next.change, kind } };
  };

  it('by the next one, whatever usage that already has', () => {
    for (const used of [0, 3]) {
      expect(closedPeriods({ before, after: nextPeriod(used) })).toEqual([{ ...closed, cause: 'rollover' }]);
    }
  });

  it('by a reset to 0, before its end', () => {
    expect(closedPeriods({ before, after: changed('reset', 0) })).toEqual([{ ...closed, cause: 'reset' }]);
  });

  it('by no other decrease of usage, nor by a reset of another feature', () => {
    expect(closedPeriods({ before, after: changed('release', 0) })).toEqual([]);
    expect(closedPeriods({ before, after: changed('reset', 40) })).toEqual([]);
    expect(closedPeriods({ before, after: changed('consume', 41) })).toEqual([]);
  });

  it('without a report when nothing was used, or the previous image is unknown', () => {
    expect(closedPeriods({ before: image({ used: 0 }), after: nextPeriod(0) })).toEqual([]);
    expect(closedPeriods({ before: undefined, after: nextPeriod(0) })).toEqual([]);
    expect(closedPeriods({ before, after: { ...nextPeriod(0), counters: new Map() } })).toEqual([]);
  });
});
