import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Account,
  type Change,
  type Counter,
  mapCounters,
  recount,
} from '../../../shared/domain/account.ts';
import {
  anomalyAlert,
  type Crossing,
  closedPeriods,
  crossingsOf,
  forecastAlert,
  levelsLeft,
  mayCross,
  rearmAfterMs,
  usageAlert,
} from '../../../shared/domain/alert.ts';
import type { Allowance } from '../../../shared/domain/plan.ts';
import type { AccountChange } from '../../../shared/domain/rollup.ts';
import {
  DEFAULT_THRESHOLDS,
  levelOf,
  rankOf,
  THRESHOLD_BOUNDS,
  type Thresholds,
} from '../../../shared/domain/threshold.ts';
import { anyStory, tell } from '../../support/random-accounts.ts';
import { counterOf, SAMPLE_NOW, sampleAccount } from '../../support/sample-account.ts';

type Image = AccountChange['after'];

function image(
  figures: Parameters<typeof recount>[1],
  allowance: Partial<Allowance> = {},
  planId = 'free',
): Image {
  const account = sampleAccount([allowance]);
  const [feature = ''] = account.counters.keys();
  return {
    ...mapCounters(account, [feature], (counter) => recount(counter, figures)),
    version: 2,
    plan: { id: planId, version: 1 },
    change: {
      kind: 'consume',
      operationId: 'operation',
      keyed: false,
      fingerprint: '',
      at: SAMPLE_NOW,
      amounts: new Map(),
    },
  };
}

const crossings = (before: Image | undefined, after: Image, thresholds: Record<string, Thresholds> = {}) =>
  crossingsOf({ before, after }, (planId) => thresholds[planId] ?? DEFAULT_THRESHOLDS).map(({ from, to }) => [
    from,
    to,
  ]);
/** From so many used to so many used, of 100. */
const step = (from: number, to: number, allowance: Partial<Allowance> = {}) =>
  crossings(image({ used: from }, allowance), image({ used: to }, allowance));

describe('a level is crossed', () => {
  it('at exactly 80, 95 and 100 percent', () => {
    expect(step(79, 80)).toEqual([[undefined, 'warning']]);
    expect(step(94, 95)).toEqual([['warning', 'critical']]);
    expect(step(99, 100)).toEqual([['critical', 'exhausted']]);
    expect([step(78, 79), step(80, 94), step(95, 99), step(100, 100)]).toEqual([[], [], [], []]);
  });

  it('only at the top, by a step over several', () => {
    expect(step(70, 100)).toEqual([[undefined, 'exhausted']]);
    expect(step(0, 95)).toEqual([[undefined, 'critical']]);
  });

  it('by the first use of all', () => {
    expect(crossings(undefined, image({ used: 85 }))).toEqual([[undefined, 'warning']]);
  });

  it('downwards too, by whatever gives room', () => {
    expect(step(100, 0)).toEqual([['exhausted', undefined]]);
    expect(crossings(image({ used: 100 }), image({ used: 100, limit: 120 }))).toEqual([
      ['exhausted', 'warning'],
    ]);
    expect(crossings(image({ used: 90 }), image({ used: 90, limit: null, enforced: false }))).toEqual([
      ['warning', undefined],
    ]);
  });

  it('by a plan that allows less', () => {
    expect(crossings(image({ used: 90, limit: 1_000 }), image({ used: 90 }))).toEqual([
      [undefined, 'warning'],
    ]);
    expect(crossings(image({ used: 90, limit: 1_000 }), image({ used: 90, limit: 50 }))).toEqual([
      [undefined, 'exhausted'],
    ]);
  });

  it("where the plan's own thresholds say", () => {
    const team: Thresholds = { warning: 50, critical: 60 };
    const at = (used: number, planId: string) => image({ used }, {}, planId);
    expect(crossings(at(49, 'team'), at(50, 'team'), { team })).toEqual([[undefined, 'warning']]);
    expect(crossings(at(59, 'team'), at(60, 'team'), { team })).toEqual([['warning', 'critical']]);
    expect(crossings(at(55, 'free'), at(55, 'team'), { team })).toEqual([[undefined, 'warning']]);
  });

  it('by a soft limit, past which one may go, and by a gauge', () => {
    expect(step(99, 140, { enforced: false })).toEqual([['critical', 'exhausted']]);
    expect(step(140, 160, { enforced: false })).toEqual([]);
    expect(step(79, 81, { feature: 'storage', interval: 'never' })).toEqual([[undefined, 'warning']]);
  });

  it('not without a limit, not of a feature that the plan took away, not by units that are held', () => {
    expect(step(0, 500, { limit: null, enforced: false })).toEqual([]);
    expect(crossings(image({ used: 90 }), image({ used: 90, limit: 0 }))).toEqual([]);
    expect(crossings(image({ used: 0, limit: 0 }), image({ used: 9, limit: 0, enforced: false }))).toEqual(
      [],
    );
    expect(crossings(image({ used: 70 }), image({ used: 70, held: 30 }))).toEqual([]);
  });

  it('not between two periods: the next one begins below every level, and may reach one at once', () => {
    const nextMonth = (used: number): Image => {
      const after = image({ used });
      const { periodEnd } = counterOf(after);
      const rolled = mapCounters(after, ['aiRequest'], (counter) => ({
        ...counter,
        periodStart: periodEnd,
        periodEnd: periodEnd + 86_400_000,
      }));
      return { ...after, ...rolled, change: after.change };
    };
    expect(crossings(image({ used: 100 }), nextMonth(1))).toEqual([]);
    expect(crossings(image({ used: 100 }), nextMonth(80))).toEqual([[undefined, 'warning']]);
  });

  it('exactly, however large the figures', () => {
    const limit = Number.MAX_SAFE_INTEGER;
    expect(crossings(image({ used: limit - 1, limit }), image({ used: limit, limit }))).toEqual([
      ['critical', 'exhausted'],
    ]);
  });
});

it('a fall leaves the levels above where it ends, the highest first', () => {
  expect(levelsLeft('exhausted', undefined)).toEqual(['exhausted', 'critical', 'warning']);
  expect(levelsLeft('exhausted', 'warning')).toEqual(['exhausted', 'critical']);
  expect(levelsLeft('warning', undefined)).toEqual(['warning']);
});

it('an alert has the same id whenever it is made of the same change, and another one after another', () => {
  const after = image({ used: 85 });
  const make = (account: Account, at: number) =>
    usageAlert(account, 'aiRequest', counterOf(account), 'warning', DEFAULT_THRESHOLDS, at);
  expect(make(after, 1).id).toBe(make(after, 2).id);
  expect(make({ ...after, version: 3 }, 1).id).not.toBe(make(after, 1).id);
  expect(make(after, 1)).toMatchObject({
    level: 'warning',
    threshold: 80,
    used: 85,
    limit: 100,
    planId: 'free',
  });
});

describe('an alert', () => {
  const account = image({ used: 85, held: 3 });
  const { periodStart, periodEnd } = counterOf(account);
  const about = { userId: 'someone', feature: 'aiRequest', planId: 'free', version: 2, raisedAt: SAMPLE_NOW };

  it('that a quota will not last says when it ends', () => {
    const exhaustsAt = SAMPLE_NOW + 5;
    const alert = forecastAlert(account, 'aiRequest', counterOf(account), exhaustsAt, SAMPLE_NOW);
    expect(alert).toEqual({
      ...about,
      id: expect.stringMatching(/^alert_[\w-]{22}$/),
      level: 'forecast',
      interval: 'month',
      periodStart,
      periodEnd,
      used: 85,
      held: 3,
      limit: 100,
      exhaustsAt,
    });
  });

  it('about unusual usage is about its day', () => {
    const anomaly = {
      date: '2033-05-09',
      span: 'day',
      value: 9,
      median: 1,
      mad: 0,
      score: 8,
      days: 7,
    } as const;
    const alert = anomalyAlert(account, 'aiRequest', anomaly, SAMPLE_NOW);
    expect(alert).toEqual({
      ...about,
      id: expect.stringMatching(/^alert_[\w-]{22}$/),
      level: 'anomaly',
      interval: 'day',
      periodStart: Date.UTC(2033, 4, 9),
      periodEnd: Date.UTC(2033, 4, 10),
      anomaly,
    });
  });

  it('may be raised again within a period that never ends alone, a day later', () => {
    expect(rearmAfterMs('never')).toBe(86_400_000);
    expect(rearmAfterMs('month')).toBe(Number.POSITIVE_INFINITY);
  });
});

describe('a change may have crossed a level', () => {
  it('where the account was, or is, at the lowest one there can be', () => {
    const [far, near] = [image({ used: 9 }), image({ used: 10 })];
    expect(mayCross({ before: far, after: near }, 10)).toBe(true);
    expect(mayCross({ before: near, after: far }, 10)).toBe(true);
    expect(mayCross({ before: far, after: far }, 10)).toBe(false);
    expect(mayCross({ before: undefined, after: far }, 10)).toBe(false);
  });

  it('never of what has no limit', () => {
    const unlimited = image({ used: 500, limit: null });
    expect(mayCross({ before: unlimited, after: unlimited }, 10)).toBe(false);
  });
});

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
  const rolled = (used: number): Image => {
    const next = image({ used });
    const shift = (counter: Counter) => ({ ...counter, periodStart: periodEnd, periodEnd: periodEnd + 1 });
    return { ...next, ...mapCounters(next, ['aiRequest'], shift), change: next.change };
  };
  const changed = (kind: Change['kind'], used: number): Image => {
    const next = image({ used });
    return { ...next, change: { ...next.change, kind } };
  };

  it('by the next one, whatever was used in that already', () => {
    for (const used of [0, 3]) {
      expect(closedPeriods({ before, after: rolled(used) })).toEqual([{ ...closed, cause: 'rollover' }]);
    }
  });

  it('by a reset to 0, in the midst of it', () => {
    expect(closedPeriods({ before, after: changed('reset', 0) })).toEqual([{ ...closed, cause: 'reset' }]);
  });

  it('by nothing else that makes the usage less, nor by a reset of another feature', () => {
    expect(closedPeriods({ before, after: changed('release', 0) })).toEqual([]);
    expect(closedPeriods({ before, after: changed('reset', 40) })).toEqual([]);
    expect(closedPeriods({ before, after: changed('consume', 41) })).toEqual([]);
  });

  it('without a word where nothing was used, or nobody knows what was before', () => {
    expect(closedPeriods({ before: image({ used: 0 }), after: rolled(0) })).toEqual([]);
    expect(closedPeriods({ before: undefined, after: rolled(0) })).toEqual([]);
    expect(closedPeriods({ before, after: { ...rolled(0), counters: new Map() } })).toEqual([]);
  });
});

const changesOf = (images: readonly Image[]): AccountChange[] =>
  images.map((after, index) => ({ before: images[index - 1], after }));
const DEFAULTS = () => DEFAULT_THRESHOLDS;

describe('in whatever happens to an account', () => {
  it('an alert stands exactly where the counter is, at its level or above it in the period', () => {
    fc.assert(
      fc.property(anyStory, (story) => {
        const { images } = tell(story);
        const reached = new Map<string, number>();
        for (const change of changesOf(images)) {
          for (const crossing of crossingsOf(change, DEFAULTS)) follow(reached, crossing);
        }
        const takenAway = new Set(images.flatMap((one) => keysWithoutUnits(one)));
        for (const [feature, list] of images.at(-1)?.counters ?? []) {
          // A feature that a plan took away meanwhile is for the monitor to look at.
          for (const counter of list.filter((one) => !takenAway.has(keyOf(feature, one)))) {
            const rank = rankOf(levelOf(counter, DEFAULT_THRESHOLDS));
            expect(reached.get(keyOf(feature, counter)) ?? 0, feature).toBe(rank);
          }
        }
      }),
      { numRuns: 300 },
    );
  });

  it('no crossing is passed over by looking only at accounts near a limit', () => {
    fc.assert(
      fc.property(anyStory, (story) => {
        for (const change of changesOf(tell(story).images)) {
          const least = { warning: THRESHOLD_BOUNDS.least, critical: THRESHOLD_BOUNDS.most };
          const crossed = crossingsOf(change, () => least).length > 0;
          if (crossed) expect(mayCross(change, THRESHOLD_BOUNDS.least)).toBe(true);
        }
      }),
      { numRuns: 200 },
    );
  });

  it('every closed period is told of once, with what was used in it', () => {
    fc.assert(
      fc.property(anyStory, (story) => {
        const told = new Map<string, number>();
        for (const change of changesOf(tell(story).images)) {
          for (const { feature, interval, periodStart, used, cause } of closedPeriods(change)) {
            expect(used).toBeGreaterThan(0);
            if (cause === 'reset') continue;
            const key = `${feature} ${interval} ${periodStart}`;
            expect(told.has(key), key).toBe(false);
            told.set(key, used);
          }
        }
      }),
      { numRuns: 200 },
    );
  });
});

function follow(reached: Map<string, number>, { feature, counter, from, to }: Crossing): void {
  const key = keyOf(feature, counter);
  if (rankOf(from) > 0) expect(reached.get(key), key).toBe(rankOf(from));
  reached.set(key, rankOf(to));
}

function keysWithoutUnits({ counters }: Account): string[] {
  return [...counters].flatMap(([feature, list]) =>
    list.filter(({ limit }) => limit === 0).map((counter) => keyOf(feature, counter)),
  );
}

function keyOf(feature: string, { interval, periodStart }: Counter): string {
  return `${feature} ${interval} ${periodStart}`;
}
