import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Account, brokenInvariants, FAR_FUTURE, MAX_AMOUNT } from '../../../shared/domain/account.ts';
import { advance } from '../../../shared/domain/advance.ts';
import { debit } from '../../../shared/domain/debit.ts';
import { decide } from '../../../shared/domain/decide.ts';
import { placeHold } from '../../../shared/domain/hold.ts';
import { openPeriod } from '../../../shared/domain/open-period.ts';
import {
  type Allowance,
  applyPlan,
  DEFAULT_CATALOGUE,
  openAccount,
  type PlanContent,
  samePlanContent,
} from '../../../shared/domain/plan.ts';
import { grantUnits } from '../../../shared/domain/reset-and-grant.ts';
import { DEFAULT_THRESHOLDS } from '../../../shared/domain/threshold.ts';
import { anyPlan, anyStory, replay } from '../../support/random-accounts.ts';
import { counterOf, SAMPLE_NOW, sampleAccount, samplePlan, units } from '../../support/sample-account.ts';

const now = SAMPLE_NOW;
const hour = 3_600_000;
const onPlan = (account: Account, ...allowances: Parameters<typeof samplePlan>[0]) =>
  applyPlan(account, samplePlan(allowances, 'other'), now);

describe('a change of plan', () => {
  it('moves the limit by the difference and keeps the usage', () => {
    const account = onPlan(debit(sampleAccount([{ limit: 100 }]), units(30)), { limit: 250 });
    expect(counterOf(account)).toMatchObject({ limit: 250, used: 30, remaining: 220, lifetime: 30 });
    expect(account.plan).toEqual({ id: 'other', version: 1 });
  });

  it('below the usage denies; back up restores exactly', () => {
    const before = debit(sampleAccount([{ limit: 100 }]), units(80));
    const down = onPlan(before, { limit: 50 });
    expect(counterOf(down).remaining).toBe(-30);
    expect(decide(down, { amounts: units(1) }, now).code).toBe('exceeded');
    expect(onPlan(down, { limit: 100 }).counters).toEqual(before.counters);
  });

  it('to another interval keeps counting the old one without denying, and back finds the old figures', () => {
    const before = debit(sampleAccount([{ limit: 100 }]), units(95));
    const daily = onPlan(before, { limit: 20, interval: 'day' });
    expect(counterOf(daily, 'aiRequest', 'day')).toMatchObject({ used: 0, remaining: 20, lifetime: 95 });
    expect(counterOf(daily, 'aiRequest', 'month')).toMatchObject({ used: 95, enforced: false });
    expect(decide(daily, { amounts: units(20) }, now).code).toBe('allowed');
    const back = onPlan(debit(daily, units(3)), { limit: 100 });
    expect(counterOf(back, 'aiRequest', 'month')).toMatchObject({ used: 98, remaining: 2, enforced: true });
    expect(decide(back, { amounts: units(3) }, now)).toMatchObject({ code: 'exceeded', interval: 'month' });
  });

  it('drops a replaced interval once its period is over', () => {
    const account = onPlan(debit(sampleAccount(), units(5)), { interval: 'day' });
    const later = advance(account, samplePlan([{ interval: 'day' }], 'other'), Date.UTC(2033, 5, 1, 1));
    expect(later.counters.get('aiRequest')?.map(({ interval }) => interval)).toEqual(['day']);
    expect(counterOf(later).lifetime).toBe(5);
  });

  it('recreates a dropped interval, in the current period of its calendar', () => {
    const midnight = Date.UTC(2033, 4, 11);
    const used = debit(sampleAccount([{ limit: 4, interval: 'day' }]), units(4));
    // The plan's newest version counts by the week, so the end of the day drops the daily interval.
    const dropped = advance(used, samplePlan([{ interval: 'week' }]), midnight);
    expect(dropped.counters.get('aiRequest')?.map(({ interval }) => interval)).toEqual(['week']);
    const moved = { ...dropped, schedule: { ...dropped.schedule, timeZone: 'Asia/Kathmandu' } };
    const back = applyPlan(moved, samplePlan([{ limit: 7, interval: 'day' }], 'other'), midnight);
    expect(counterOf(back, 'aiRequest', 'day')).toMatchObject({
      used: 0,
      remaining: 7,
      lifetime: 4,
      periodStart: Date.UTC(2033, 4, 10, 18, 15),
      periodEnd: Date.UTC(2033, 4, 11, 18, 15),
    });
    // An interval that the newest version still has continues from the end of its period.
    const kept = advance(used, samplePlan([{ limit: 4, interval: 'day' }]), midnight);
    const ongoing = applyPlan(
      { ...kept, schedule: moved.schedule },
      samplePlan([{ interval: 'day' }]),
      midnight,
    );
    expect(counterOf(ongoing, 'aiRequest', 'day')).toMatchObject({ used: 0, periodStart: midnight });
  });

  it('to a superseded version, read earlier, changes nothing', () => {
    const older = samplePlan([{ limit: 100, interval: 'day' }]);
    const newer = { ...samplePlan([{ limit: 70, interval: 'week' }]), version: 2 };
    const account = { ...applyPlan(sampleAccount([{ interval: 'day' }]), newer, now), version: 1 };
    expect(applyPlan(account, older, now)).toBe(account);
  });

  it('without a feature denies it, and back restores exactly', () => {
    const features = [
      { feature: 'aiRequest' },
      { feature: 'storage', interval: 'never' as const, limit: 50 },
    ];
    const before = debit(sampleAccount(features), units(20, 'storage'));
    const gone = onPlan(before, { feature: 'aiRequest' });
    expect(counterOf(gone, 'storage')).toMatchObject({ limit: 0, used: 20, remaining: -20, enforced: true });
    expect(decide(gone, { amounts: units(1, 'storage') }, now).code).toBe('exceeded');
    expect(onPlan(gone, ...features).counters).toEqual(before.counters);
  });

  it('forgets an unused feature', () => {
    const account = onPlan(sampleAccount([{}, { feature: 'upload' }]), {});
    expect(decide(account, { amounts: units(1, 'upload') }, now)).toEqual({
      code: 'unknown_feature',
      feature: 'upload',
    });
  });

  it('to unlimited and back keeps the figures', () => {
    const before = debit(sampleAccount([{ limit: 100 }]), units(90));
    const unlimited = debit(onPlan(before, { limit: null }), units(500));
    expect(counterOf(unlimited)).toMatchObject({ limit: null, enforced: false, used: 590, remaining: -590 });
    const limited = onPlan(unlimited, { limit: 600 });
    expect(counterOf(limited)).toMatchObject({ limit: 600, enforced: true, used: 590, remaining: 10 });
  });

  it('keeps a grant until its period ends, across plan changes', () => {
    const granted = grantUnits(sampleAccount([{ limit: 100 }]), 'aiRequest', 25);
    if (!granted) throw new Error('the grant fits');
    const pro = onPlan(granted, { limit: 1_000 });
    expect(counterOf(pro)).toMatchObject({ limit: 1_025, granted: 25 });
    const back = onPlan(onPlan(pro, { limit: null }), { limit: 100 });
    expect(counterOf(back)).toMatchObject({ limit: 125, granted: 25, remaining: 125 });
    expect(
      counterOf(onPlan(onPlan(debit(back, units(1)), { feature: 'upload' }), { limit: 100 })).limit,
    ).toBe(125);
    const next = advance(back, samplePlan([{ limit: 100 }]), Date.UTC(2033, 5, 1));
    expect(counterOf(next)).toMatchObject({ limit: 100, granted: 0 });
  });

  it('keeps an unused grant while its interval or feature is gone', () => {
    const granted = grantUnits(sampleAccount([{ limit: 100 }]), 'aiRequest', 25);
    if (!granted) throw new Error('the grant fits');
    for (const between of [{ interval: 'day' as const }, { feature: 'upload' }]) {
      expect(counterOf(onPlan(onPlan(granted, between), { limit: 100 }))).toMatchObject({
        limit: 125,
        granted: 25,
      });
    }
  });

  it('leaves held units unchanged', () => {
    const held = placeHold(sampleAccount([{ limit: 100 }]), 'hold', units(40), now + hour);
    for (const changed of [
      onPlan(held, { limit: 30 }),
      onPlan(held, { limit: 30, interval: 'day' }),
      onPlan(held, { feature: 'upload' }),
    ]) {
      expect(counterOf(changed, 'aiRequest', 'month').held).toBe(40);
      expect(changed.holds).toEqual(held.holds);
      expect(brokenInvariants(changed)).toEqual([]);
    }
  });

  it('adds a billing cycle that counts from now, not from its anchor', () => {
    const later = now + 40 * 24 * hour;
    const account = { ...sampleAccount([{ feature: 'upload', interval: 'never' }]), version: 1 };
    const plan = samplePlan([{ interval: 'billing_cycle' }], 'other');
    expect(counterOf(applyPlan(account, plan, later)).periodStart).toBe(later);
  });

  it('never passes the largest limit', () => {
    const granted = grantUnits(sampleAccount([{ limit: 10 }]), 'aiRequest', 25);
    if (!granted) throw new Error('the grant fits');
    expect(counterOf(onPlan(granted, { limit: MAX_AMOUNT })).limit).toBe(MAX_AMOUNT);
  });

  it('records of a grant the part within the largest limit, so the next period has the plan’s own', () => {
    const granted = grantUnits(sampleAccount([{ limit: 10 }]), 'aiRequest', 25);
    if (!granted) throw new Error('the grant fits');
    for (const room of [0, 1, 24, 25]) {
      const limit = MAX_AMOUNT - room;
      const counter = counterOf(onPlan(granted, { limit }));
      expect(counter).toMatchObject({ limit: limit + room, granted: room });
      const { periodEnd: start } = counter;
      expect(openPeriod(counter, { start, end: start + 1 })).toMatchObject({ limit, granted: 0 });
    }
  });

  it('there and back restores every figure of the plan, whatever happened before', () => {
    fc.assert(
      fc.property(anyStory, anyPlan, (story, other) => {
        const { images, now: end } = replay(story);
        const last = images.at(-1);
        if (!last) return;
        // Later versions than any in the history, since plan versions only increase.
        const [here, there, again] = [
          { ...story.plan, version: 10 },
          { ...other, version: 11 },
          { ...story.plan, version: 12 },
        ];
        const before = applyPlan(advance(last, story.plan, end), here, end);
        const back = applyPlan(applyPlan(before, there, end), again, end);
        for (const { feature, interval } of story.plan.allowances) {
          // An unused counter may reopen its period on a changed calendar.
          const { periodStart: _start, periodEnd: _end, ...figures } = counterOf(before, feature, interval);
          expect(counterOf(back, feature, interval)).toMatchObject(figures);
        }
        expect(brokenInvariants(back)).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });
});

describe('the default catalogue', () => {
  it('counts requests by the month, uploads by the day and bytes as a gauge', () => {
    for (const { allowances } of Object.values(DEFAULT_CATALOGUE)) {
      expect(allowances.map(({ feature, interval }) => [feature, interval])).toEqual([
        ['aiRequest', 'month'],
        ['upload', 'day'],
        ['storage', 'never'],
      ]);
    }
  });
});

describe('two plans have the same content', () => {
  const content: PlanContent = {
    ...samplePlan([{}, { interval: 'day', limit: 9 }]),
    prices: { monthly: 'p1', yearly: 'p2' },
  };
  const same = (other: Partial<PlanContent>) => samePlanContent(content, { ...content, ...other });

  it('with equal fields, in whatever order the prices are listed', () => {
    expect(same({})).toBe(true);
    expect(same({ prices: { yearly: 'p2', monthly: 'p1' } })).toBe(true);
    expect(same({ thresholds: DEFAULT_THRESHOLDS })).toBe(true);
    expect(samePlanContent(samplePlan([{}]), { ...samplePlan([{}]), prices: {} })).toBe(true);
  });

  it.each(
    Object.entries({
      name: 'Other',
      allowances: content.allowances.slice(1),
      prices: { monthly: 'p1', yearly: 'p3' },
      thresholds: { warning: 80, critical: 96 },
      trialDays: 14,
    } satisfies Record<keyof PlanContent, unknown>),
  )('not with another value of %s', (field, value) => {
    expect(same({ [field]: value })).toBe(false);
  });

  it.each(
    Object.entries({
      feature: 'upload',
      limit: 8,
      interval: 'week',
      enforced: false,
    } satisfies Record<keyof Allowance, unknown>),
  )('not with another value of an allowance: %s', (field, value) => {
    const [first, last] = content.allowances;
    if (!first || !last) throw new Error('the sample has two allowances');
    expect(same({ allowances: [first, { ...last, [field]: value }] })).toBe(false);
  });

  it.each<[string, Partial<PlanContent>]>([
    ['without prices', { prices: undefined }],
    ['with another order of allowances', { allowances: [...content.allowances].reverse() }],
  ])('not %s', (_, other) => {
    expect(same(other)).toBe(false);
  });
});

it('a new account is active, unused and has no end', () => {
  expect(openAccount('someone', samplePlan([{}]), now)).toMatchObject({
    userId: 'someone',
    version: 0,
    status: 'active',
    validUntil: FAR_FUTURE,
    schedule: { timeZone: 'UTC', anchor: null, billingAnchor: now, billingMonths: 1 },
    subscriptionVersion: 0,
    dueAt: null,
    change: null,
  });
});
