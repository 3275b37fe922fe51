import { describe, expect, it } from 'vitest';
import { MAX_AMOUNT } from '../../../../shared/domain/account.ts';
import {
  type DayUse,
  largest,
  noUsage,
  ShardTally,
  TOP_USERS,
} from '../../../../shared/domain/reports/usage-tally.ts';

const use = (some: Partial<DayUse> = {}): DayUse => ({
  userId: 'a',
  date: '2026-11-22',
  feature: 'upload',
  used: 1,
  planId: 'free',
  ...some,
});
const tally = (...uses: readonly DayUse[]) => {
  const sums = noUsage();
  const shard = new ShardTally(sums);
  for (const one of uses) shard.add(one);
  shard.close();
  return sums;
};
/** `count` users who used 1, 2, 3 … units. */
const crowd = (count: number) =>
  Array.from({ length: count }, (_, index) => use({ userId: `user-${index + 1}`, used: index + 1 }));

describe('a shard', () => {
  it('sums by day and plan too, per feature', () => {
    const sums = tally(
      use({ used: 2 }),
      use({ used: 3, userId: 'b' }),
      use({ used: 4, date: '2026-11-23', planId: 'pro' }),
      use({ used: 5, feature: 'fax' }),
    );
    expect(sums.days.get('2026-11-22')).toEqual({
      activeUsers: 2,
      alerts: 0,
      used: new Map([
        ['upload', 5],
        ['fax', 5],
      ]),
    });
    expect(sums.days.get('2026-11-23')?.used).toEqual(new Map([['upload', 4]]));
    expect(sums.plans.get('pro')).toEqual({ activeUsers: 1, used: new Map([['upload', 4]]) });
    expect(sums.features.get('upload')).toMatchObject({ used: 9, activeUsers: 2 });
  });

  it('shows the largest number for a total beyond it, and every smaller total exactly', () => {
    const most = (date: string) => use({ used: MAX_AMOUNT, date });
    const sums = tally(most('2026-11-21'), most('2026-11-22'), use({ used: 3, feature: 'fax', userId: 'b' }));
    expect(sums.features.get('upload')).toMatchObject({ used: MAX_AMOUNT, top: [{ used: MAX_AMOUNT }] });
    expect(sums.plans.get('free')?.used).toEqual(
      new Map([
        ['upload', MAX_AMOUNT],
        ['fax', 3],
      ]),
    );
    const exact = tally(use({ used: MAX_AMOUNT - 3, userId: 'b' }), use({ used: 2, userId: 'c' }));
    expect(exact.features.get('upload')?.used).toBe(MAX_AMOUNT - 1);
  });

  it('counts alerts by day, and by feature and level', () => {
    const sums = noUsage();
    const shard = new ShardTally(sums);
    for (const level of ['warning', 'warning', 'exhausted']) {
      shard.addAlert({ date: '2026-11-22', feature: 'upload', level });
    }
    expect(sums.days.get('2026-11-22')).toMatchObject({ alerts: 3, activeUsers: 0 });
    expect(sums.alerts.get('upload')).toEqual(
      new Map([
        ['warning', 2],
        ['exhausted', 1],
      ]),
    );
  });

  it('ignores zero usage', () => {
    expect(tally(use({ used: 0 }), use({ used: -1 }))).toEqual(noUsage());
  });

  it('lists a user with the plan of the last day, in any order of days', () => {
    const [early, late] = [use(), use({ date: '2026-11-23', planId: 'pro' })];
    for (const uses of [
      [early, late],
      [late, early],
    ]) {
      expect(tally(...uses).features.get('upload')?.top).toEqual([{ userId: 'a', used: 2, planId: 'pro' }]);
    }
  });
});

describe('the top users', () => {
  const topOf = (...uses: readonly DayUse[]) =>
    tally(...uses)
      .features.get('upload')
      ?.top.map(({ userId }) => userId);

  it('are the ten largest of all, in any order of input', () => {
    const expected = ['12', '11', '10', '9', '8', '7', '6', '5', '4', '3'].map((name) => `user-${name}`);
    expect(expected).toHaveLength(TOP_USERS);
    expect(topOf(...crowd(12))).toEqual(expected);
    expect(topOf(...crowd(12).reverse())).toEqual(expected);
  });

  it('with equal usage are sorted by id', () => {
    const [one, ...others] = crowd(TOP_USERS);
    const equal = use({ userId: 'user-0' });
    expect(topOf(...(one ? [one] : []), ...others, equal)?.at(-1)).toBe('user-0');
    expect(topOf(equal, ...(one ? [one] : []), ...others)?.at(-1)).toBe('user-0');
  });

  it('are listed in descending order, equals by id, up to the requested number', () => {
    const users = [
      { userId: 'b', used: 1 },
      { userId: 'a', used: 1 },
      { userId: 'c', used: 2 },
      { userId: 'a', used: 1 },
    ];
    const names = (limit: number) => largest(users, limit).map(({ userId }) => userId);
    expect(names(9)).toEqual(['c', 'a', 'a', 'b']);
    expect(names(2)).toEqual(['c', 'a']);
  });
});
