import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Counter, type LateUse, mapCounters, recount } from '../../../shared/domain/account.ts';
import { lifetimeInAll } from '../../../shared/domain/count-use.ts';
import { operationKey } from '../../../shared/domain/operation.ts';
import { type AccountChange, hourlyUse, rollUp, usageCacheId } from '../../../shared/domain/rollup.ts';
import { type AccountHistory, anyStory, replay } from '../../support/random-accounts.ts';
import { counterOf, SAMPLE_NOW, sampleAccount, units } from '../../support/sample-account.ts';

const changesOf = ({ images }: AccountHistory): AccountChange[] =>
  images.map((after, index) => ({ before: images[index - 1], after }));

describe('Nothing lost', () => {
  it('the usage of all days sums up to the lifetime total of every feature', () => {
    fc.assert(
      fc.property(anyStory, (story) => {
        const history = replay(story);
        const sums = new Map<string, bigint>();
        for (const { feature, lifetime, lifetimeBefore } of rollUp(changesOf(history)).days) {
          sums.set(feature, (sums.get(feature) ?? 0n) + lifetime - lifetimeBefore);
        }
        for (const [feature, [counter]] of history.images.at(-1)?.counters ?? []) {
          expect(sums.get(feature) ?? 0n).toBe(counter && lifetimeInAll(counter));
        }
      }),
      { numRuns: 200 },
    );
  });

  it('the usage of the hours of a day sums up to the usage of the day', () => {
    fc.assert(
      fc.property(anyStory, (story) => {
        for (const { lifetimeBefore, lifetime, hours } of rollUp(changesOf(replay(story))).days) {
          const used = [...hourlyUse(lifetimeBefore, hours).values()].reduce((sum, units) => sum + units, 0);
          expect(used).toBe(Number(lifetime - lifetimeBefore));
        }
      }),
      { numRuns: 200 },
    );
  });

  it('clocks that disagree around a full hour move units to the other hour and lose none', () => {
    const totals = new Map([
      [13, 130n],
      [14, 120n],
      [16, 150n],
    ]);
    expect(hourlyUse(100n, totals)).toEqual(
      new Map([
        [13, 30],
        [14, 0],
        [16, 20],
      ]),
    );
  });

  it('a batch split anywhere reports the same period as the whole', () => {
    fc.assert(
      fc.property(anyStory, fc.nat(25), (story, cut) => {
        const changes = changesOf(replay(story));
        const usage = (batches: AccountChange[][]) =>
          new Map(
            batches
              .flatMap((batch) => rollUp(batch).periods)
              .map(({ feature, counter }) => [
                `${feature} ${counter.interval} ${counter.periodEnd}`,
                counter.used,
              ]),
          );
        expect(usage([changes.slice(0, cut), changes.slice(cut)])).toEqual(usage([changes]));
      }),
      { numRuns: 200 },
    );
  });
});

it('a day counts for the plan of its last change', () => {
  const image = (version: number, planId: string): AccountChange['after'] => ({
    ...mapCounters(sampleAccount(), ['aiRequest'], (counter) => recount(counter, { lifetime: version })),
    version,
    plan: { id: planId, version: 1 },
    change: {
      kind: 'consume',
      operationId: `operation-${version}`,
      keyed: false,
      fingerprint: '',
      at: SAMPLE_NOW,
      amounts: units(1),
    },
  });
  const { days } = rollUp([
    { before: image(1, 'free'), after: image(2, 'free') },
    { before: image(2, 'free'), after: image(3, 'pro') },
  ]);
  expect(days).toMatchObject([{ date: '2033-05-10', planId: 'pro', lifetimeBefore: 1n, lifetime: 3n }]);
});

describe('a batch of changes', () => {
  type Figures = Partial<Pick<Counter, 'used' | 'held' | 'lifetime' | 'periodEnd'>>;
  const image = (
    version: number,
    list: readonly Figures[],
    late?: readonly LateUse[],
  ): AccountChange['after'] => {
    const account = sampleAccount(list.length > 1 ? [{}, { interval: 'day' }] : [{}]);
    const counters = (account.counters.get('aiRequest') ?? []).map((counter, index) => {
      const { periodEnd = PERIOD_END, ...figures } = list[index] ?? {};
      return { ...recount(counter, figures), periodEnd };
    });
    const operationId = `operation-${version}`;
    const rest = { keyed: false, fingerprint: '', at: SAMPLE_NOW, amounts: units(1) };
    return {
      ...account,
      counters: new Map([['aiRequest', counters]]),
      version,
      change: { kind: 'consume', operationId, ...rest, ...(late && { late }) },
    };
  };
  const PERIOD_END = Date.UTC(2033, 5, 1);
  const periodsOf = (before: readonly Figures[], after: readonly Figures[]) =>
    rollUp([{ before: image(1, before), after: image(2, after) }]).periods.map(
      ({ counter: { interval, used } }) => [interval, used],
    );

  it('is reduced to its last state of each day and period', () => {
    const [first, second] = [image(1, [{ used: 5, lifetime: 5 }]), image(2, [{ used: 7, lifetime: 7 }])];
    const { days, periods, late } = rollUp([
      { before: undefined, after: first },
      { before: first, after: second },
    ]);
    expect(days).toEqual([
      {
        userId: 'someone',
        feature: 'aiRequest',
        date: '2033-05-10',
        planId: 'free',
        lifetimeBefore: 0n,
        lifetime: 7n,
        firstVersion: 1,
        version: 2,
        hours: new Map([[12, 7n]]),
      },
    ]);
    expect(periods).toEqual([
      { userId: 'someone', feature: 'aiRequest', counter: counterOf(second), version: 2, planId: 'free' },
    ]);
    expect(late).toEqual([]);
  });

  it('is empty if units were only held', () => {
    const before = image(1, [{ used: 5, lifetime: 5 }]);
    const after = image(2, [{ used: 5, lifetime: 5, held: 3 }]);
    expect(rollUp([{ before, after }])).toEqual({ days: [], periods: [], late: [], levels: [] });
  });

  it('reports the usage of each interval and period separately, also when they end at once', () => {
    expect(periodsOf([{ used: 5 }, { used: 2 }], [{ used: 5 }, { used: 2 }])).toEqual([]);
    expect(periodsOf([{ used: 5 }, { used: 2 }], [{ used: 5 }, { used: 3 }])).toEqual([['day', 3]]);
    expect(periodsOf([{ used: 5 }, { used: 2 }], [{ used: 6 }, { used: 3 }])).toEqual([
      ['month', 6],
      ['day', 3],
    ]);
  });

  it('distinguishes a period from the previous one, also with equal usage', () => {
    const next = PERIOD_END + 1;
    expect(periodsOf([{ used: 5 }], [{ used: 5, periodEnd: next }])).toEqual([['month', 5]]);
    expect(periodsOf([{ used: 5 }], [{ used: 0, periodEnd: next }])).toEqual([]);
  });

  it('has every late use under the key of its operation', () => {
    const late = { feature: 'aiRequest', interval: 'month', periodEnd: PERIOD_END, amount: 4 } as const;
    expect(rollUp([{ before: undefined, after: image(1, [{}], [late]) }]).late).toEqual([
      { userId: 'someone', late, operationKey: operationKey('operation-1') },
    ]);
  });
});

it('hours are sorted within the day, in any stored order', () => {
  const totals = new Map([
    [16, 150n],
    [9, 110n],
    [13, 130n],
  ]);
  expect(hourlyUse(100n, totals)).toEqual(
    new Map([
      [9, 10],
      [13, 20],
      [16, 20],
    ]),
  );
});

it('usage is cached per user and feature', () => {
  expect(usageCacheId('someone', 'upload')).toBe('someone:upload');
});
