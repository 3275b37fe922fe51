import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { brokenInvariants, FAR_FUTURE, mapCounters } from '../../../shared/domain/account.ts';
import { advance, isOverdue } from '../../../shared/domain/advance.ts';
import { debit } from '../../../shared/domain/debit.ts';
import { placeHold, settleHold } from '../../../shared/domain/hold.ts';
import { applyPlan } from '../../../shared/domain/plan.ts';
import { grantUnits } from '../../../shared/domain/reset-and-grant.ts';
import { anyPlan, anyStory, replay } from '../../support/random-accounts.ts';
import { counterOf, SAMPLE_NOW, sampleAccount, samplePlan, units } from '../../support/sample-account.ts';

const now = SAMPLE_NOW;
const hour = 3_600_000;
const june = Date.UTC(2033, 5, 1);
const plan = samplePlan([{ limit: 100 }]);

describe('Resets are exact', () => {
  it('a period ends at its end: not a millisecond before, and at once', () => {
    const account = debit(sampleAccount(), units(100));
    expect(isOverdue(account, june - 1)).toBe(false);
    expect(advance(account, plan, june - 1).counters).toEqual(account.counters);
    expect(isOverdue(account, june)).toBe(true);
    expect(counterOf(advance(account, plan, june))).toMatchObject({
      used: 0,
      remaining: 100,
      lifetime: 100,
      periodStart: june,
    });
  });

  it('is idempotent: repeated runs give the same account', () => {
    fc.assert(
      fc.property(anyStory, anyPlan, fc.nat({ max: 90 * 86_400_000 }), (story, newest, laterMs) => {
        const { images, now: end } = replay(story);
        const account = images.at(-1);
        if (!account) return;
        const once = advance(account, newest, end + laterMs);
        expect(advance(once, newest, end + laterMs)).toEqual(once);
        expect(brokenInvariants(once)).toEqual([]);
        expect(isOverdue(once, end + laterMs)).toBe(false);
      }),
      { numRuns: 300 },
    );
  });

  it('opens the same period however late it runs, and however many were skipped', () => {
    fc.assert(
      fc.property(anyStory, fc.nat({ max: 90 * 86_400_000 }), fc.nat({ max: 86_400_000 }), (story, a, b) => {
        const { images, now: end } = replay(story);
        const account = images.at(-1);
        if (!account) return;
        const twice = advance(advance(account, story.plan, end + a), story.plan, end + a + b);
        const once = advance(account, story.plan, end + a + b);
        for (const [feature, list] of once.counters) {
          for (const counter of list) {
            const other = counterOf(twice, feature, counter.interval);
            expect(other.periodEnd).toBe(counter.periodEnd);
            expect(other.used).toBe(counter.used);
          }
        }
      }),
      { numRuns: 200 },
    );
  });

  it('400 idle periods are one step', () => {
    const account = debit(sampleAccount([{ interval: 'day' }]), units(7));
    const late = advance(account, samplePlan([{ interval: 'day' }]), now + 400 * 24 * hour);
    expect(counterOf(late)).toMatchObject({ used: 0, lifetime: 7, periodStart: Date.UTC(2034, 5, 14) });
    expect(late.dueAt).toBeNull();
  });

  it('the plan’s newest version takes effect when a period opens, and only then', () => {
    const account = debit(sampleAccount([{ limit: 100 }]), units(10));
    const newest = { ...samplePlan([{ limit: 40 }]), version: 2 };
    expect(advance(account, newest, june - 1).plan.version).toBe(1);
    expect(advance(account, newest, june)).toMatchObject({ plan: { version: 2 } });
    expect(counterOf(advance(account, newest, june)).limit).toBe(40);
  });

  it('an expired plan is replaced by its successor', () => {
    const account = { ...debit(sampleAccount(), units(60)), validUntil: now + hour };
    const free = samplePlan([{ limit: 50 }], 'default');
    const over = advance(account, free, now + hour);
    expect(over).toMatchObject({ plan: { id: 'default' }, validUntil: FAR_FUTURE });
    expect(counterOf(over)).toMatchObject({ limit: 50, used: 60, remaining: -10 });
  });
});

describe('an expired plan', () => {
  const cycle = samplePlan([{ interval: 'billing_cycle' }]);
  const billed = (billingMonths: number) => {
    const account = sampleAccount([{ interval: 'billing_cycle' }]);
    return { ...account, validUntil: now + hour, schedule: { ...account.schedule, billingMonths } };
  };

  it('is expired from its last instant on, also for an idle account', () => {
    const idle = { ...sampleAccount(), validUntil: now + hour };
    expect(isOverdue(idle, now + hour - 1)).toBe(false);
    expect(isOverdue(idle, now + hour)).toBe(true);
  });

  it('leaves no period longer than a month, on the same calendar', () => {
    const yearly = billed(12);
    const year = { periodStart: now, periodEnd: Date.UTC(2034, 4, 10, 12) };
    const paid = mapCounters(debit(yearly, units(5)), ['aiRequest'], (counter) => ({ ...counter, ...year }));
    const over = advance(paid, cycle, now + hour);
    expect(over.schedule).toEqual({ ...yearly.schedule, billingMonths: 1 });
    expect(counterOf(over)).toMatchObject({
      used: 5,
      periodStart: now,
      periodEnd: Date.UTC(2033, 5, 10, 12),
    });
  });

  it('leaves a month as Stripe stated it', () => {
    const stated = { periodEnd: now + 5 * 24 * hour };
    const paid = mapCounters(billed(1), ['aiRequest'], (counter) => ({ ...counter, ...stated }));
    expect(counterOf(advance(paid, cycle, now + hour))).toMatchObject(stated);
  });
});

describe('a new period', () => {
  it('has the plan’s limit, without the grant of the previous one', () => {
    const granted = grantUnits(sampleAccount(), 'aiRequest', 25);
    if (!granted) throw new Error('the grant fits');
    expect(counterOf(advance(granted, plan, june))).toMatchObject({ limit: 100, granted: 0, remaining: 100 });
  });

  it('of a removed feature allows nothing, whatever was granted', () => {
    const granted = grantUnits(debit(sampleAccount(), units(5)), 'aiRequest', 25);
    if (!granted) throw new Error('the grant fits');
    const none = samplePlan([{ feature: 'upload' }]);
    const gone = advance(advance(granted, none, now), none, june);
    expect(counterOf(gone)).toMatchObject({ limit: 0, granted: 0, used: 0, remaining: 0, enforced: true });
  });

  it('has the limit of the account’s own plan version, whatever older version is loaded', () => {
    const account = { ...sampleAccount([{ limit: 13 }]), version: 1, plan: { id: 'free', version: 2 } };
    const granted = grantUnits(account, 'aiRequest', 90);
    if (!granted) throw new Error('the grant fits');
    const older = samplePlan([{ limit: 100 }]);
    expect(counterOf(advance(granted, older, june))).toMatchObject({
      limit: 13,
      granted: 0,
      remaining: 13,
    });
    expect(brokenInvariants(advance(granted, older, june))).toEqual([]);
  });

  it('needs no plan to be right: an older loaded version and the account’s own give the same figures', () => {
    fc.assert(
      fc.property(
        anyStory,
        anyPlan,
        anyPlan,
        fc.nat({ max: 90 * 86_400_000 }),
        (story, own, other, laterMs) => {
          const { images, now: end } = replay(story);
          const last = images.at(-1);
          if (!last) return;
          const current = { ...own, version: 11 };
          const older = { ...other, id: own.id, version: 10 };
          const account = applyPlan(advance(last, story.plan, end), current, end);
          const [stale, fresh] = [older, current].map((atHand) => advance(account, atHand, end + laterMs));
          for (const { feature, interval } of current.allowances) {
            expect(stale && counterOf(stale, feature, interval)).toEqual(
              fresh && counterOf(fresh, feature, interval),
            );
          }
          expect(stale && brokenInvariants(stale)).toEqual([]);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('of an unlimited feature has no limit either', () => {
    const free = samplePlan([{ limit: null }]);
    const unlimited = debit(sampleAccount([{ limit: null }]), units(5));
    expect(counterOf(advance(unlimited, free, june))).toMatchObject({ limit: null, used: 0, remaining: 0 });
  });
});

describe('a hold', () => {
  it('returns its units at its expiry', () => {
    const held = placeHold(sampleAccount(), 'hold', units(40), now + hour);
    expect(advance(held, plan, now + hour - 1).holds.size).toBe(1);
    const freed = advance(held, plan, now + hour);
    expect(freed.holds.size).toBe(0);
    expect(counterOf(freed)).toMatchObject({ held: 0, remaining: 100, lifetime: 0 });
  });

  it('whose period closed meanwhile is settled there, and changes no open balance', () => {
    const held = placeHold(debit(sampleAccount(), units(5)), 'hold', units(40), june + hour);
    const rolled = advance(held, plan, june);
    expect(counterOf(rolled)).toMatchObject({ used: 0, held: 0, remaining: 100 });
    const hold = rolled.holds.get('hold');
    if (!hold) throw new Error('the hold outlives the period');
    const settled = settleHold(rolled, 'hold', hold, units(30), june);
    expect(settled).toMatchObject({
      late: [{ feature: 'aiRequest', interval: 'month', periodEnd: june, amount: 30 }],
      overdrawn: [],
    });
    expect(counterOf(settled.account)).toMatchObject({ used: 0, held: 0, remaining: 100, lifetime: 35 });
  });

  it('whose feature left the plan when its period closed still counts in the lifetime total', () => {
    const without = samplePlan([{ feature: 'upload' }]);
    const held = placeHold(sampleAccount(), 'hold', units(40), june + hour);
    const rolled = advance(held, without, june);
    expect(counterOf(rolled)).toMatchObject({ limit: 0, held: 0, lifetime: 0 });
    const hold = rolled.holds.get('hold');
    if (!hold) throw new Error('the hold outlives the period');
    const settled = settleHold(rolled, 'hold', hold, units(30), june);
    expect(counterOf(settled.account)).toMatchObject({ used: 0, remaining: 0, lifetime: 30 });
    // Once it is returned, nothing of the feature is left.
    const freed = applyPlan(advance(rolled, without, june + hour), without, june + hour);
    expect(freed.counters.has('aiRequest')).toBe(false);
  });

  it('that expires after its period closed does not change the open period', () => {
    const held = placeHold(sampleAccount(), 'hold', units(40), june + hour);
    const late = advance(advance(held, plan, june), plan, june + hour);
    expect(counterOf(late)).toMatchObject({ used: 0, held: 0, remaining: 100 });
    expect(brokenInvariants(late)).toEqual([]);
  });
});

describe('the due time', () => {
  it('is the earliest time-driven change, and absent when idle', () => {
    const idle = sampleAccount([{ interval: 'day' }, { feature: 'upload' }]);
    expect(idle.dueAt).toBeNull();
    const tomorrow = Date.UTC(2033, 4, 11);
    expect(advance(debit(idle, units(1, 'upload')), plan, now).dueAt).toBe(june);
    expect(advance(debit(idle, units(1)), plan, now).dueAt).toBe(tomorrow);
    expect(advance(placeHold(idle, 'hold', units(1), now + hour), plan, now).dueAt).toBe(now + hour);
    expect(advance({ ...idle, validUntil: now + 9 }, plan, now).dueAt).toBe(now + 9);
  });
});
