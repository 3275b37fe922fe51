import { describe, expect, it } from 'vitest';
import { cutoffsAt, earliestOf, isWalkDue, latestOf } from '../../../../shared/domain/archive/retention.ts';

const NOW = Date.parse('2026-11-22T23:30:00Z');

describe('the cutoffs of a retention', () => {
  it('are whole days before now: the ledger in UTC, usage in the time zone of the reports', () => {
    const retention = { ledgerDays: 30, usageDays: 92 };
    expect(cutoffsAt(NOW, retention)).toEqual({ ledgerBefore: '2026-10-23', usageBefore: '2026-08-22' });
    expect(cutoffsAt(NOW, retention, 'Asia/Tokyo')).toEqual({
      ledgerBefore: '2026-10-23',
      usageBefore: '2026-08-23',
    });
  });

  it('are absent for what is kept for ever', () => {
    expect(cutoffsAt(NOW, {})).toEqual({});
    expect(cutoffsAt(NOW, { usageDays: 92 })).toEqual({ usageBefore: '2026-08-22' });
  });

  it('never go back, and never reach further than either of two', () => {
    const [a, b] = [
      { ledgerBefore: '2026-10-01', usageBefore: '2026-08-01' },
      { ledgerBefore: '2026-09-01' },
    ];
    expect(latestOf(a, b)).toEqual(a);
    expect(latestOf(b, a)).toEqual(a);
    expect(earliestOf(a, b)).toEqual({ ledgerBefore: '2026-09-01', usageBefore: undefined });
    expect(earliestOf(b, {})).toEqual({ ledgerBefore: undefined, usageBefore: undefined });
  });
});

describe('a walk', () => {
  it.each([
    ['the first one', { ledgerBefore: '2026-10-23' }, {}, true],
    ['a week after the last', { ledgerBefore: '2026-10-23' }, { ledgerBefore: '2026-10-16' }, true],
    ['within a week', { ledgerBefore: '2026-10-22' }, { ledgerBefore: '2026-10-16' }, false],
    [
      'after a longer retention was set',
      { ledgerBefore: '2026-01-01' },
      { ledgerBefore: '2026-10-16' },
      false,
    ],
    [
      'of a kind that was kept before',
      { ledgerBefore: '2026-10-16', usageBefore: '2026-08-01' },
      { ledgerBefore: '2026-10-16' },
      true,
    ],
    ['without a retention', {}, { ledgerBefore: '2026-10-16' }, false],
  ])('is due: %s', (_, target, last, isDue) => {
    expect(isWalkDue(target, last)).toBe(isDue);
  });
});
