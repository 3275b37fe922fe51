import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Account, brokenInvariants, carriedUntil, earliestDue } from '../../../shared/domain/account.ts';
import { advance, isOverdue } from '../../../shared/domain/advance.ts';
import { alignBilling } from '../../../shared/domain/billing-period.ts';
import { debit } from '../../../shared/domain/debit.ts';
import { decide } from '../../../shared/domain/decide.ts';
import { placeHold, releaseHold } from '../../../shared/domain/hold.ts';
import { applyPlan } from '../../../shared/domain/plan.ts';
import { grantUnits } from '../../../shared/domain/reset-and-grant.ts';
import { counterOf, SAMPLE_NOW, sampleAccount, samplePlan, units } from '../../support/sample-account.ts';

const DAY_MS = 86_400_000;
const CYCLE = [{ limit: 100, interval: 'billing_cycle' }] as const;
const PLAN = samplePlan(CYCLE);
const OLD_END = counterOf(sampleAccount(CYCLE)).periodEnd;

function granted(amount: number, account: Account = sampleAccount(CYCLE)): Account {
  const next = grantUnits(account, 'aiRequest', amount);
  if (!next) throw new Error('the grant fits');
  return next;
}

/** A paid period begins `days` after the account was opened. */
function cut(account: Account, days: number, end = OLD_END + 20 * DAY_MS): Account {
  return alignBilling(account, { start: SAMPLE_NOW + days * DAY_MS, end }, 'earlier').account;
}

describe('a grant in a period that a payment cuts short', () => {
  it.each([
    ['within the allowance', 60, 500],
    ['all of the allowance', 100, 500],
    ['some of the grant', 130, 470],
    ['all of it', 600, 0],
  ])('keeps its unspent units: %s used', (_, used, rest) => {
    const next = cut(debit(granted(500), units(used)), 3);
    expect(counterOf(next)).toMatchObject({
      limit: 100 + rest,
      granted: rest,
      used: 0,
      remaining: 100 + rest,
    });
    expect(carriedUntil(next) === OLD_END).toBe(rest > 0);
    expect(brokenInvariants(next)).toEqual([]);
  });

  it('counts held units as spent: they settle in the period they were taken from', () => {
    const held = placeHold(granted(500), 'hold', units(150), SAMPLE_NOW + 9 * DAY_MS);
    expect(counterOf(cut(held, 3))).toMatchObject({ granted: 450, held: 0 });
  });

  it('ends with the new period if that is earlier', () => {
    const next = cut(granted(500), 3, OLD_END - DAY_MS);
    expect(counterOf(next).carried).toBeUndefined();
    expect(counterOf(next)).toMatchObject({ granted: 500 });
    expect(counterOf(advance(next, PLAN, OLD_END - DAY_MS))).toMatchObject({ limit: 100, granted: 0 });
  });

  it('is kept whole when the allowance was unlimited', () => {
    const unlimited = sampleAccount([{ limit: null, interval: 'billing_cycle' }]);
    const list = [{ ...counterOf(unlimited), granted: 500 }];
    const next = cut({ ...unlimited, counters: new Map([['aiRequest', list]]) }, 3);
    expect(counterOf(applyPlan({ ...next, version: 1 }, PLAN, SAMPLE_NOW))).toMatchObject({ limit: 600 });
  });

  it('survives a plan change and another shortened period', () => {
    const next = applyPlan(
      { ...cut(granted(500), 3), version: 1 },
      samplePlan([{ ...CYCLE[0], limit: 1_000 }], 'team'),
      SAMPLE_NOW,
    );
    expect(counterOf(next)).toMatchObject({ limit: 1_500 });
    const again = cut(debit(granted(70, next), units(1_100)), 5, OLD_END + 90 * DAY_MS);
    // 100 of the first grant, which ends first, were spent.
    expect(counterOf(again)).toMatchObject({
      granted: 470,
      carried: [
        { units: 400, until: OLD_END },
        { units: 70, until: OLD_END + 20 * DAY_MS },
      ],
    });
  });
});

describe('a carried grant that ends', () => {
  const carrying = (used: number) => debit(cut(granted(500), 3), units(used));

  it('is due then, for every feature, and not a moment before', () => {
    const account = carrying(0);
    const request = { amounts: units(1) };
    expect(earliestDue(account)).toBe(OLD_END);
    expect([isOverdue(account, OLD_END - 1), isOverdue(account, OLD_END)]).toEqual([false, true]);
    expect(decide(account, request, OLD_END - 1).code).toBe('allowed');
    expect(decide(account, request, OLD_END).code).toBe('period_over');
    const ended = advance(account, PLAN, OLD_END);
    expect(isOverdue(ended, OLD_END)).toBe(false);
    expect(decide(ended, request, OLD_END).code).toBe('allowed');
  });

  it.each([
    [40, { limit: 100, granted: 0, remaining: 60 }],
    [100, { limit: 100, granted: 0, remaining: 0 }],
    [250, { limit: 250, granted: 150, remaining: 0 }],
    [600, { limit: 600, granted: 500, remaining: 0 }],
  ])('takes its unspent units with it: %d used', (used, figures) => {
    const ended = advance(carrying(used), PLAN, OLD_END);
    expect(counterOf(ended)).toMatchObject(figures);
    expect(brokenInvariants(ended)).toEqual([]);
    expect(advance(ended, PLAN, OLD_END + 1)).toEqual(ended);
    // Spent units stay the grant's after an upgrade, too.
    const upgraded = applyPlan(
      { ...ended, version: 1 },
      samplePlan([{ ...CYCLE[0], limit: 1_000 }], 'team'),
      OLD_END,
    );
    expect(counterOf(upgraded).remaining).toBe(1_000 + figures.granted - used);
  });

  it('leaves nothing to the next period', () => {
    const { periodEnd } = counterOf(carrying(250));
    const next = advance(carrying(250), PLAN, periodEnd);
    expect(counterOf(next)).toMatchObject({ limit: 100, granted: 0, used: 0 });
    expect(counterOf(next).carried).toBeUndefined();
  });

  it('never leaves more than the allowance and the granted units, in any order of events', () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('use' as const), amount: fc.integer({ min: 1, max: 200 }) }),
      fc.record({ kind: fc.constant('grant' as const), amount: fc.integer({ min: 1, max: 100 }) }),
      fc.record({ kind: fc.constant('hold' as const), amount: fc.integer({ min: 1, max: 50 }) }),
      fc.record({ kind: fc.constant('release' as const), amount: fc.constant(0) }),
      fc.record({ kind: fc.constant('cut' as const), amount: fc.integer({ min: 1, max: 40 }) }),
      fc.record({ kind: fc.constant('wait' as const), amount: fc.integer({ min: 1, max: 15 }) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        let [account, now, all, periods, admitted] = [sampleAccount(CYCLE), SAMPLE_NOW, 0, 1, 0];
        for (const [index, { kind, amount }] of steps.entries()) {
          const before = counterOf(account).periodStart;
          account = advance(account, PLAN, now);
          if (kind === 'use' && decide(account, { amounts: units(amount) }, now).code === 'allowed') {
            account = debit(account, units(amount));
            admitted += amount;
          }
          if (kind === 'grant') [account, all] = [granted(amount, account), all + amount];
          if (kind === 'hold' && counterOf(account).remaining >= amount)
            account = placeHold(account, `hold-${index}`, units(amount), now + 365 * DAY_MS);
          const [hold] = account.holds;
          if (kind === 'release' && hold) account = releaseHold(account, hold[0], hold[1]);
          if (kind === 'cut')
            account = alignBilling(account, { start: now, end: now + amount * DAY_MS }, 'earlier').account;
          if (kind === 'wait') now += amount * DAY_MS;
          if (counterOf(account).periodStart !== before) periods += 1;
          expect(brokenInvariants(account)).toEqual([]);
          expect(admitted).toBeLessThanOrEqual(100 * periods + all);
        }
      }),
      { numRuns: 500 },
    );
  });
});
