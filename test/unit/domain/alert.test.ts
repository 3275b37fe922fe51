import { describe, expect, it } from 'vitest';
import type { Account } from '../../../shared/domain/account.ts';
import {
  anomalyAlert,
  crossingsOf,
  forecastAlert,
  levelsLeft,
  mayCross,
  usageAlert,
} from '../../../shared/domain/alert.ts';
import type { Allowance } from '../../../shared/domain/plan.ts';
import { DEFAULT_THRESHOLDS, type Thresholds } from '../../../shared/domain/threshold.ts';
import { type Image, image, nextPeriod } from '../../support/account-image.ts';
import { counterOf, SAMPLE_NOW } from '../../support/sample-account.ts';

const crossings = (before: Image | undefined, after: Image, thresholds: Record<string, Thresholds> = {}) =>
  crossingsOf({ before, after }, (planId) => thresholds[planId] ?? DEFAULT_THRESHOLDS).map(({ from, to }) => [
    from,
    to,
  ]);
/** From `from` used to `to` used, of 100. */
const step = (from: number, to: number, allowance: Partial<Allowance> = {}) =>
  crossings(image({ used: from }, allowance), image({ used: to }, allowance));

describe('a level is crossed', () => {
  it('at exactly 80, 95 and 100 percent', () => {
    expect(step(79, 80)).toEqual([[undefined, 'warning']]);
    expect(step(94, 95)).toEqual([['warning', 'critical']]);
    expect(step(99, 100)).toEqual([['critical', 'exhausted']]);
    expect([step(78, 79), step(80, 94), step(95, 99), step(100, 100)]).toEqual([[], [], [], []]);
  });

  it('only the highest, by a step over several', () => {
    expect(step(70, 100)).toEqual([[undefined, 'exhausted']]);
    expect(step(0, 95)).toEqual([[undefined, 'critical']]);
  });

  it('by the first use of all', () => {
    expect(crossings(undefined, image({ used: 85 }))).toEqual([[undefined, 'warning']]);
  });

  it('downwards too, by anything that frees units', () => {
    expect(step(100, 0)).toEqual([['exhausted', undefined]]);
    expect(crossings(image({ used: 100 }), image({ used: 100, limit: 120 }))).toEqual([
      ['exhausted', 'warning'],
    ]);
    expect(crossings(image({ used: 90 }), image({ used: 90, limit: null, enforced: false }))).toEqual([
      ['warning', undefined],
    ]);
  });

  it('by a plan with a lower limit', () => {
    expect(crossings(image({ used: 90, limit: 1_000 }), image({ used: 90 }))).toEqual([
      [undefined, 'warning'],
    ]);
    expect(crossings(image({ used: 90, limit: 1_000 }), image({ used: 90, limit: 50 }))).toEqual([
      [undefined, 'exhausted'],
    ]);
  });

  it("at the plan's own thresholds", () => {
    const team: Thresholds = { warning: 50, critical: 60 };
    const at = (used: number, planId: string) => image({ used }, {}, planId);
    expect(crossings(at(49, 'team'), at(50, 'team'), { team })).toEqual([[undefined, 'warning']]);
    expect(crossings(at(59, 'team'), at(60, 'team'), { team })).toEqual([['warning', 'critical']]);
    expect(crossings(at(55, 'free'), at(55, 'team'), { team })).toEqual([[undefined, 'warning']]);
  });

  it('by a soft limit, which may be exceeded, and by a gauge', () => {
    expect(step(99, 140, { enforced: false })).toEqual([['critical', 'exhausted']]);
    expect(step(140, 160, { enforced: false })).toEqual([]);
    expect(step(79, 81, { feature: 'storage', interval: 'never' })).toEqual([[undefined, 'warning']]);
  });

  it('by units beyond an enforced limit, once; a grant that does not cover them leaves the level', () => {
    expect(step(90, 140)).toEqual([['warning', 'exhausted']]);
    expect(step(140, 150)).toEqual([]);
    const over = image({ used: 140 });
    expect(crossings(over, image({ used: 140, limit: 140 }))).toEqual([]);
    expect(crossings(over, image({ used: 140, limit: 150 }))).toEqual([['exhausted', 'warning']]);
    expect(crossings(over, image({ used: 140, limit: 1_000 }))).toEqual([['exhausted', undefined]]);
  });

  it('not without a limit, not for a removed feature, not by held units', () => {
    expect(step(0, 500, { limit: null, enforced: false })).toEqual([]);
    expect(crossings(image({ used: 90 }), image({ used: 90, limit: 0 }))).toEqual([]);
    expect(crossings(image({ used: 0, limit: 0 }), image({ used: 9, limit: 0, enforced: false }))).toEqual(
      [],
    );
    expect(crossings(image({ used: 70 }), image({ used: 70, held: 30 }))).toEqual([]);
  });

  it('from an unknown level by a plan that restores what was removed within the period', () => {
    const dropped = image({ used: 0, lifetime: 90 }, { interval: 'day' });
    const restored = image({ used: 0, lifetime: 90 });
    const neverUsed = image({ used: 0, lifetime: 0 });
    expect(crossings(image({ used: 0, limit: 0, lifetime: 90 }), restored)).toEqual([[undefined, undefined]]);
    expect(crossings(dropped, restored)).toEqual([[undefined, undefined]]);
    expect(crossings(dropped, neverUsed)).toEqual([]);
    expect(crossings(undefined, restored)).toEqual([]);
    expect(crossings(restored, restored)).toEqual([]);
  });

  it('not between two periods: the next one begins below every level, and may reach one at once', () => {
    expect(crossings(image({ used: 100 }), nextPeriod(1))).toEqual([]);
    expect(crossings(image({ used: 100 }), nextPeriod(80))).toEqual([[undefined, 'warning']]);
  });

  it('exactly, however large the figures', () => {
    const limit = Number.MAX_SAFE_INTEGER;
    expect(crossings(image({ used: limit - 1, limit }), image({ used: limit, limit }))).toEqual([
      ['critical', 'exhausted'],
    ]);
  });
});

it('a fall clears the levels above its end, the highest first', () => {
  expect(levelsLeft('exhausted', undefined)).toEqual(['exhausted', 'critical', 'warning']);
  expect(levelsLeft('exhausted', 'warning')).toEqual(['exhausted', 'critical']);
  expect(levelsLeft('warning', undefined)).toEqual(['warning']);
});

it('an alert has the same id for the same change, and another id for a later one', () => {
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

  it('for a forecast exhaustion carries its end', () => {
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

  it('for unusual usage carries its day', () => {
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

  it('for unusual usage lasts as long as its day in the time zone of the reports', () => {
    const days = [
      // The clocks go forward on this day, which has 23 hours.
      { date: '2033-03-27', from: '2033-03-26T23:00:00Z', to: '2033-03-27T22:00:00Z' },
      { date: '2033-05-09', from: '2033-05-08T22:00:00Z', to: '2033-05-09T22:00:00Z' },
    ];
    for (const { date, from, to } of days) {
      const anomaly = { date, span: 'day', value: 9, median: 1, mad: 0, score: 8, days: 7 } as const;
      expect(anomalyAlert(account, 'aiRequest', anomaly, SAMPLE_NOW, 'Europe/Berlin')).toMatchObject({
        periodStart: Date.parse(from),
        periodEnd: Date.parse(to),
      });
    }
  });
});

describe('a change may have crossed a level', () => {
  it('if the account was, or is, at the lowest possible level', () => {
    const [far, near] = [image({ used: 9 }), image({ used: 10 })];
    expect(mayCross({ before: far, after: near }, 10)).toBe(true);
    expect(mayCross({ before: near, after: far }, 10)).toBe(true);
    expect(mayCross({ before: far, after: far }, 10)).toBe(false);
    expect(mayCross({ before: undefined, after: far }, 10)).toBe(false);
  });

  it('by restoring a counter in its period, since an alert may still be active', () => {
    const dropped = image({ used: 0, lifetime: 90 }, { interval: 'day' });
    const restored = image({ used: 0, lifetime: 90 });
    expect(mayCross({ before: dropped, after: restored }, 10)).toBe(true);
    expect(mayCross({ before: restored, after: restored }, 10)).toBe(false);
  });

  it('never for an unlimited feature', () => {
    const unlimited = image({ used: 500, limit: null });
    expect(mayCross({ before: unlimited, after: unlimited }, 10)).toBe(false);
  });
});
