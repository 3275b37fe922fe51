import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import {
  addDays,
  dateOf,
  datesIn,
  daysIn,
  endOf,
  rangeBefore,
} from '../../../../shared/domain/date-range.ts';
import { DistinctCounter } from '../../../../shared/domain/distinct-counter.ts';
import { figure, serviceReport } from '../../../../shared/domain/reports/service-report.ts';
import {
  type DayUse,
  largest,
  noUsage,
  ShardTally,
  TOP_USERS,
  type UsageSums,
} from '../../../../shared/domain/reports/usage-tally.ts';

describe('a range of days', () => {
  it.each([
    ['2026-11-22', '2026-11-22', '2026-11-21', '2026-11-21'],
    ['2026-11-01', '2026-11-30', '2026-10-02', '2026-10-31'],
    ['2028-03-01', '2028-03-01', '2028-02-29', '2028-02-29'],
  ])('%s to %s follows %s to %s', (from, to, fromBefore, toBefore) => {
    expect(rangeBefore({ from, to })).toEqual({ from: fromBefore, to: toBefore });
  });

  it('ends with its last day, in UTC', () => {
    expect(endOf({ from: '2026-11-01', to: '2026-11-30' })).toBe(Date.UTC(2026, 11, 1));
    expect(dateOf(Date.UTC(2026, 11, 1) - 1)).toBe('2026-11-30');
  });

  it('has each of its days once', () => {
    const range = { from: '2026-02-27', to: '2026-03-02' };
    expect(datesIn(range)).toEqual(['2026-02-27', '2026-02-28', '2026-03-01', '2026-03-02']);
    expect(daysIn(range)).toBe(4);
  });
});

describe('a figure', () => {
  it.each([
    [120, 100, 20, 20],
    [100, 300, -200, -66.7],
    [5, 0, 5, null],
    [0, 5, -5, -100],
    [0, 0, 0, 0],
  ])('of %i after %i is a change by %i, %s %%', (value, before, change, changePercent) => {
    expect(figure(value, before)).toEqual({ value, before, change, changePercent });
  });
});

test('different numbers are counted once each', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(5_000)), (numbers) => {
      const distinct = new DistinctCounter();
      for (const number of numbers) distinct.add(number);
      expect(distinct.count).toBe(new Set(numbers).size);
    }),
  );
});

test('a number is counted once, however large, in any order', () => {
  const distinct = new DistinctCounter();
  const numbers = [...Array.from({ length: 2_000 }, (_, index) => index), 100_000];
  for (const number of [...numbers, ...numbers]) distinct.add(number);
  expect(distinct.count).toBe(2_001);
  for (const number of [512, 511, 512]) distinct.add(number);
  expect(distinct.count).toBe(2_001);
});

test('numbers are counted from the first added byte', () => {
  const distinct = new DistinctCounter();
  for (const number of [512, 512, 3, 3, 5_000, 5_000, 512, 3]) distinct.add(number);
  expect(distinct.count).toBe(3);
});

describe('the sums', () => {
  const anyUse = fc.record<DayUse>({
    userId: fc.nat(30).map((number) => `user-${number}`),
    date: fc.nat(4).map((days) => addDays('2026-11-01', days)),
    feature: fc.constantFrom('aiRequest', 'storage'),
    used: fc.integer({ min: 0, max: 50 }),
    planId: fc.constantFrom('free', 'pro'),
  });
  /** One item per user, feature and day, as in the table. */
  const anyUsage = fc.uniqueArray(anyUse, {
    selector: ({ userId, date, feature }) => `${userId} ${date} ${feature}`,
    maxLength: 200,
  });
  const tally = (usage: readonly DayUse[], shards: number) => {
    const sums = noUsage();
    for (let shard = 0; shard < shards; shard += 1) {
      const one = new ShardTally(sums);
      for (const use of usage) if (Number(use.userId.slice(5)) % shards === shard) one.add(use);
      one.close();
    }
    return sums;
  };

  it('are those of the items, in any distribution over shards', () => {
    fc.assert(
      fc.property(anyUsage, fc.integer({ min: 1, max: 5 }), (usage, shards) => {
        const sums = tally(usage, shards);
        const active = usage.filter(({ used }) => used > 0);
        const users = (uses: readonly DayUse[]) => new Set(uses.map(({ userId }) => userId)).size;
        const total = (uses: readonly DayUse[]) => uses.reduce((sum, { used }) => sum + used, 0);
        expect(sums.activeUsers).toBe(users(active));
        for (const [name, key] of [
          ['features', 'feature'],
          ['plans', 'planId'],
          ['days', 'date'],
        ] as const) {
          const groups = Map.groupBy(active, (use) => use[key]);
          expect([...sums[name].keys()].sort()).toEqual([...groups.keys()].sort());
          for (const [value, uses] of groups) expect(sums[name].get(value)?.activeUsers).toBe(users(uses));
        }
        for (const [feature, uses] of Map.groupBy(active, (use) => use.feature)) {
          expect(sums.features.get(feature)?.used).toBe(total(uses));
          const byUser = [...Map.groupBy(uses, ({ userId }) => userId)];
          const expected = largest(
            byUser.map(([userId, own]) => ({ userId, used: total(own) })),
            TOP_USERS,
          );
          expect(sums.features.get(feature)?.top).toMatchObject(expected);
        }
      }),
    );
  });

  it('list a user with the plan of the last day', () => {
    const day = (date: string, planId: string) => ({
      userId: 'user-1',
      feature: 'upload',
      used: 1,
      date,
      planId,
    });
    const sums = tally([day('2026-11-03', 'pro'), day('2026-11-01', 'free')], 1);
    expect(sums.features.get('upload')?.top).toEqual([{ userId: 'user-1', used: 2, planId: 'pro' }]);
  });
});

test('a feature used only in the days before is in the report, at zero', () => {
  const before = noUsage();
  const tally = new ShardTally(before);
  tally.add({ userId: 'a', date: '2026-11-21', feature: 'fax', used: 3, planId: 'free' });
  tally.close();
  const range = { from: '2026-11-22', to: '2026-11-22' };
  const report = serviceReport({
    range,
    before: rangeBefore(range),
    isComplete: true,
    sums: noUsage(),
    sumsBefore: before,
    exceeded: null,
    peaks: new Map(),
  });
  expect(report.features).toMatchObject([
    { feature: 'fax', used: { value: 0, before: 3, changePercent: -100 }, exceeded: null, top: [] },
  ]);
  expect(report.days).toEqual([
    {
      date: '2026-11-22',
      activeUsers: 0,
      alerts: 0,
      features: [{ feature: 'fax', used: 0, exceeded: null, peak: null }],
    },
  ]);
});

describe('a report', () => {
  const range = { from: '2026-11-22', to: '2026-11-23' };
  const before = rangeBefore(range);
  const sumsOf = (uses: readonly DayUse[], levels: readonly string[]) => {
    const sums = noUsage();
    const shard = new ShardTally(sums);
    for (const use of uses) shard.add(use);
    for (const level of levels) shard.addAlert({ date: '2026-11-22', feature: 'upload', level });
    shard.close();
    return sums;
  };
  const use = { userId: 'a', date: '2026-11-22', feature: 'upload', used: 6, planId: 'pro' };
  const report = () =>
    serviceReport({
      range,
      before,
      isComplete: false,
      sums: sumsOf([use, { ...use, userId: 'b', feature: 'fax', used: 1 }], ['warning', 'exhausted']),
      sumsBefore: sumsOf(
        [
          { ...use, date: '2026-11-20', used: 4 },
          { ...use, date: '2026-11-20', used: 2, planId: 'free', feature: 'call' },
        ],
        ['warning', 'anomaly'],
      ),
      peaks: new Map(),
      exceeded: new Map([
        [
          'upload',
          new Map([
            ['2026-11-20', 1],
            ['2026-11-21', 2],
            ['2026-11-22', 10],
            ['2026-11-23', 20],
          ]),
        ],
        ['denied', new Map([['2026-11-23', 3]])],
      ]),
    });

  it('has every feature of either range by name, also a denied one', () => {
    expect(report()).toMatchObject({ range, before, isComplete: false, activeUsers: figure(2, 1) });
    expect(report().features).toEqual([
      {
        feature: 'call',
        used: figure(0, 2),
        activeUsers: figure(0, 1),
        exceeded: figure(0, 0),
        top: [],
        peak: null,
      },
      {
        feature: 'denied',
        used: figure(0, 0),
        activeUsers: figure(0, 0),
        exceeded: figure(3, 0),
        top: [],
        peak: null,
      },
      {
        feature: 'fax',
        used: figure(1, 0),
        activeUsers: figure(1, 0),
        exceeded: figure(0, 0),
        top: [{ userId: 'b', used: 1, planId: 'pro' }],
        peak: null,
      },
      {
        feature: 'upload',
        used: figure(6, 4),
        activeUsers: figure(1, 1),
        exceeded: figure(30, 3),
        top: [{ userId: 'a', used: 6, planId: 'pro' }],
        peak: null,
      },
    ]);
  });

  it('has every plan of either range, with its usage', () => {
    expect(report().plans).toEqual([
      { planId: 'free', activeUsers: figure(0, 1), features: [{ feature: 'call', used: figure(0, 2) }] },
      {
        planId: 'pro',
        activeUsers: figure(2, 1),
        features: [
          { feature: 'fax', used: figure(1, 0) },
          { feature: 'upload', used: figure(6, 4) },
        ],
      },
    ]);
  });

  it('counts the alerts of a feature per level', () => {
    expect(report().alerts).toEqual([
      { feature: 'upload', level: 'anomaly', count: figure(0, 1) },
      { feature: 'upload', level: 'exhausted', count: figure(1, 0) },
      { feature: 'upload', level: 'warning', count: figure(1, 1) },
    ]);
    const [none, some] = [noUsage(), sumsOf([], ['warning'])];
    const alerts = (sums: UsageSums, sumsBefore: UsageSums) =>
      serviceReport({ range, before, isComplete: true, sums, sumsBefore, exceeded: null, peaks: new Map() })
        .alerts;
    expect(alerts(some, none)).toEqual([{ feature: 'upload', level: 'warning', count: figure(1, 0) }]);
    expect(alerts(none, some)).toEqual([{ feature: 'upload', level: 'warning', count: figure(0, 1) }]);
  });

  it('has every day, with zeros for days without usage', () => {
    const [first, second] = report().days;
    expect(first).toEqual({
      date: '2026-11-22',
      activeUsers: 2,
      alerts: 2,
      features: [
        { feature: 'call', used: 0, exceeded: 0, peak: null },
        { feature: 'denied', used: 0, exceeded: 0, peak: null },
        { feature: 'fax', used: 1, exceeded: 0, peak: null },
        { feature: 'upload', used: 6, exceeded: 10, peak: null },
      ],
    });
    expect(second).toMatchObject({ date: '2026-11-23', activeUsers: 0, alerts: 0 });
    expect(second?.features.map(({ used, exceeded }) => [used, exceeded])).toEqual([
      [0, 0],
      [0, 3],
      [0, 0],
      [0, 20],
    ]);
  });
});
