import { describe, expect, it } from 'vitest';
import {
  type Account,
  brokenInvariants,
  FAR_FUTURE,
  mapCounters,
} from '../../../../shared/domain/account.ts';
import { advance } from '../../../../shared/domain/advance.ts';
import { debit } from '../../../../shared/domain/debit.ts';
import { applyPlan } from '../../../../shared/domain/plan.ts';
import { grantUnits } from '../../../../shared/domain/reset-and-grant.ts';
import { applySubscription } from '../../../../shared/domain/subscriptions/apply-subscription.ts';
import type { Subscription } from '../../../../shared/domain/subscriptions/subscription.ts';
import { counterOf, SAMPLE_NOW, sampleAccount, samplePlan, units } from '../../../support/sample-account.ts';
import { sampleSubscription } from '../../../support/sample-subscription.ts';

const DAY_MS = 86_400_000;
const PRO = samplePlan([{ limit: 500 }], 'pro');
const FREE = samplePlan([{ limit: 100 }], 'free');
const GRANTED = { planId: 'pro', validUntil: FAR_FUTURE, isGranted: true };
const NOTHING = { planId: 'free', validUntil: FAR_FUTURE, isGranted: false };

/** An account that has used 40 and applied this version of its subscription. */
function accountAt(subscriptionVersion: number, more: Partial<Account> = {}): Account {
  const isSubscribed = subscriptionVersion > 0;
  return { ...debit(sampleAccount(), units(40)), version: 7, subscriptionVersion, isSubscribed, ...more };
}

describe('an account', () => {
  it('applies a later version: its plan and periods; usage stays', () => {
    const next = applySubscription(accountAt(0), sampleSubscription(1), PRO, GRANTED, SAMPLE_NOW);
    expect(next).toMatchObject({
      plan: { id: 'pro', version: 1 },
      subscriptionVersion: 1,
      validUntil: FAR_FUTURE,
      schedule: { billingAnchor: SAMPLE_NOW - DAY_MS, billingMonths: 12 },
    });
    expect(counterOf(next ?? accountAt(0))).toMatchObject({ limit: 500, used: 40, remaining: 460 });
  });

  it('never returns to an earlier version, whatever its content', () => {
    const account = accountAt(3, { plan: { id: 'enterprise', version: 1 } });
    expect(applySubscription(account, sampleSubscription(2), PRO, GRANTED, SAMPLE_NOW)).toBeUndefined();
    expect(applySubscription(account, sampleSubscription(2), FREE, NOTHING, SAMPLE_NOW)).toBeUndefined();
  });

  it('is corrected if it differs from a granting version: Stripe wins', () => {
    const followed = applySubscription(accountAt(0), sampleSubscription(1), PRO, GRANTED, SAMPLE_NOW);
    if (!followed) throw new Error('the account did not follow');
    const again = (account: Account) =>
      applySubscription(account, sampleSubscription(1), PRO, GRANTED, SAMPLE_NOW);
    expect(again(followed)).toBeUndefined();
    expect(again({ ...followed, plan: { id: 'free', version: 1 } })?.plan.id).toBe('pro');
    expect(again({ ...followed, validUntil: SAMPLE_NOW + 1 })?.validUntil).toBe(FAR_FUTURE);
    const shifted = { ...followed.schedule, billingAnchor: 0 };
    expect(again({ ...followed, schedule: shifted })?.schedule.billingAnchor).toBe(SAMPLE_NOW - DAY_MS);
    const monthly = { ...followed.schedule, billingMonths: 1 };
    expect(again({ ...followed, schedule: monthly })?.schedule.billingMonths).toBe(12);
  });

  it('keeps a plan set by hand while its subscription grants nothing', () => {
    const nothing = { plan: { id: 'enterprise', version: 1 }, isSubscribed: false };
    const follow = (account: Account, version: number) =>
      applySubscription(account, sampleSubscription(version), FREE, NOTHING, SAMPLE_NOW);
    expect(follow(accountAt(2, nothing), 2)).toBeUndefined();
    for (const applied of [0, 1]) {
      const account = accountAt(applied, nothing);
      expect(follow(account, 2)).toEqual({ ...account, subscriptionVersion: 2 });
    }
  });

  it('is on the default plan once its subscription stops granting, whatever was set by hand', () => {
    const account = accountAt(1, { plan: { id: 'enterprise', version: 1 } });
    const next = applySubscription(account, sampleSubscription(2), FREE, NOTHING, SAMPLE_NOW);
    expect(next).toMatchObject({ plan: { id: 'free' }, isSubscribed: false });
    // Time alone may end the plan of an already applied version.
    expect(applySubscription(account, sampleSubscription(1), FREE, NOTHING, SAMPLE_NOW)?.plan.id).toBe(
      'free',
    );
  });

  it('has no period longer than a month without a paid plan', () => {
    const next = applySubscription(accountAt(1), sampleSubscription(2), FREE, NOTHING, SAMPLE_NOW);
    expect(next).toMatchObject({ plan: { id: 'free' }, schedule: { billingMonths: 1 } });
  });

  it('unused carries nothing over from the plan it was never on', () => {
    const unseen = accountAt(0, { version: 0 });
    const other = samplePlan([{ feature: 'upload', limit: 5 }], 'pro');
    const next = applySubscription(unseen, sampleSubscription(1), other, GRANTED, SAMPLE_NOW);
    expect([...(next?.counters.keys() ?? [])]).toEqual(['upload']);
  });
});

describe('an up-to-date account', () => {
  const cycle = samplePlan([{ limit: 500, interval: 'billing_cycle' }], 'pro');
  const follow = (account: Account, version: number, plan = cycle) =>
    applySubscription(account, sampleSubscription(version), plan, GRANTED, SAMPLE_NOW);
  const followed = (account: Account, version: number, plan = cycle): Account => {
    const next = follow(account, version, plan);
    if (!next) throw new Error('the account did not follow');
    return next;
  };
  const stated = { periodStart: SAMPLE_NOW - DAY_MS, periodEnd: SAMPLE_NOW + 30 * DAY_MS };

  it('has Stripe’s billing period, not the anchor’s yearly one', () => {
    const unseen = accountAt(0, { version: 0 });
    expect(counterOf(followed(unseen, 1), 'aiRequest', 'billing_cycle')).toMatchObject(stated);
  });

  it('counts from now in a billing period that its plan did not have before', () => {
    const now = { ...stated, periodStart: SAMPLE_NOW };
    expect(counterOf(followed(accountAt(0), 1), 'aiRequest', 'billing_cycle')).toMatchObject(now);
  });

  it('is corrected if its billing period alone differs', () => {
    const astray = mapCounters(followed(accountAt(0), 1), ['aiRequest'], (counter) =>
      counter.interval === 'billing_cycle' ? { ...counter, periodEnd: stated.periodEnd + DAY_MS } : counter,
    );
    expect(counterOf(followed(astray, 1), 'aiRequest', 'billing_cycle').periodEnd).toBe(stated.periodEnd);
  });

  it('applies a version that changes nothing else, so that no earlier one follows it', () => {
    const first = followed(accountAt(0), 1);
    expect(followed(first, 2)).toEqual({ ...first, subscriptionVersion: 2 });
  });

  it('keeps its limits within a period, also when the plan has a newer version', () => {
    const newer = { ...samplePlan([{ limit: 900, interval: 'billing_cycle' }], 'pro'), version: 2 };
    const next = followed(followed(accountAt(0), 1), 2, newer);
    expect(next.plan.version).toBe(1);
    expect(counterOf(next, 'aiRequest', 'billing_cycle').limit).toBe(500);
  });

  it('without usage opens its counters, and is worth saving until then', () => {
    const unseen = accountAt(0, { version: 0, plan: { id: 'pro', version: 1 } });
    const next = followed(unseen, 1);
    expect(counterOf(next)).toMatchObject({ limit: 500, used: 0, lifetime: 0 });
    expect(followed(next, 1)).toEqual(next);
  });
});

describe('a subscription that ends when it began, by a clock behind Stripe’s,', () => {
  it('leaves counters whose periods end after they start', () => {
    const begun = SAMPLE_NOW + 500;
    const billing = { billingAnchor: begun, billingMonths: 1, currentPeriodStart: begun };
    const cycle = (id: string) => samplePlan([{ interval: 'billing_cycle' }], id);
    const follow = (account: Account, version: number, to: typeof GRANTED) =>
      applySubscription(
        account,
        { ...sampleSubscription(version), ...billing },
        cycle(to.planId),
        to,
        SAMPLE_NOW,
      );
    const granted = follow(accountAt(0, { version: 0 }), 1, GRANTED);
    const ended = granted && follow({ ...granted, version: 1 }, 2, NOTHING);
    const { periodStart, periodEnd } = counterOf(ended ?? sampleAccount(), 'aiRequest', 'billing_cycle');
    expect(periodStart).toBe(begun);
    expect(periodEnd).toBeGreaterThan(begun);
  });
});

describe('an account in a trial', () => {
  const trial: Subscription = {
    ...sampleSubscription(1),
    status: 'TRIALING',
    currentPeriodEnd: SAMPLE_NOW + 13 * DAY_MS,
    billingAnchor: SAMPLE_NOW + 13 * DAY_MS,
    billingMonths: 1,
  };
  const cycle = samplePlan([{ limit: 500, interval: 'billing_cycle' }], 'pro');
  const follow = (account: Account, plan: typeof cycle, changes: Partial<Subscription> = {}) => {
    const next = applySubscription(account, { ...trial, ...changes }, plan, GRANTED, SAMPLE_NOW);
    if (!next) throw new Error('the account did not follow');
    return next;
  };

  it('has the billing period of the trial', () => {
    const unseen = accountAt(0, { version: 0 });
    expect(counterOf(follow(unseen, cycle), 'aiRequest', 'billing_cycle')).toMatchObject({
      periodStart: trial.currentPeriodStart,
      periodEnd: trial.currentPeriodEnd,
    });
  });

  it.each([
    ['continues', {}],
    ['is prolonged', { currentPeriodEnd: SAMPLE_NOW + 20 * DAY_MS, billingAnchor: SAMPLE_NOW + 20 * DAY_MS }],
  ])(
    'keeps the usage of a plan set by hand: no event from Stripe resets it, where the trial %s',
    (_, changes) => {
      const followed = follow(accountAt(0), PRO);
      const byHand = applyPlan(followed, cycle, SAMPLE_NOW);
      const used = debit(byHand, units(40));
      const next = follow(used, cycle, { ...changes, version: 2 });
      const before = counterOf(byHand, 'aiRequest', 'billing_cycle');
      expect(counterOf(next, 'aiRequest', 'billing_cycle')).toMatchObject({
        used: before.used + 40,
        // A prolonged trial does not extend it.
        periodEnd: Math.min(before.periodEnd, trial.currentPeriodEnd),
      });
    },
  );
});

describe('the payment of a period', () => {
  const cycle = (limit: number, id: string) => samplePlan([{ limit, interval: 'billing_cycle' }], id);
  const free = { ...sampleAccount([{ limit: 10, interval: 'billing_cycle' }]), version: 3 };
  const spent = debit(free, units(10));
  const bought: Subscription = {
    ...sampleSubscription(1),
    billingMonths: 1,
    currentPeriodStart: SAMPLE_NOW + DAY_MS,
    currentPeriodEnd: SAMPLE_NOW + 31 * DAY_MS,
    billingAnchor: SAMPLE_NOW + DAY_MS,
    paidInvoiceId: 'in_1',
  };
  const now = SAMPLE_NOW + DAY_MS + 5_000;
  const follow = (account: Account, changes: Partial<Subscription> = {}, at = now) =>
    applySubscription(account, { ...bought, ...changes }, cycle(100, 'pro'), GRANTED, at) ?? account;

  it('opens the counter once: delivered again, or in a later version, it opens nothing', () => {
    const opened = follow(spent);
    expect(counterOf(opened)).toMatchObject({ limit: 100, used: 0, periodStart: bought.currentPeriodStart });
    const used = debit({ ...opened, version: 4 }, units(60));
    expect(counterOf(follow(used))).toMatchObject({ used: 60 });
    expect(counterOf(follow(used, { version: 2, cancelAtPeriodEnd: true }))).toMatchObject({ used: 60 });
  });

  it('opens also a counter that starts in the same second, once', () => {
    const sameSecond = { currentPeriodStart: SAMPLE_NOW, billingAnchor: SAMPLE_NOW };
    const opened = follow(spent, sameSecond, SAMPLE_NOW);
    expect(counterOf(opened)).toMatchObject({ used: 0 });
    const used = debit({ ...opened, version: 4 }, units(60));
    expect(counterOf(follow(used, { ...sameSecond, version: 2 }))).toMatchObject({ used: 60 });
    const again = follow(used, { ...sameSecond, version: 2, paidInvoiceId: 'in_2' });
    expect(counterOf(again)).toMatchObject({ used: 0 });
    // A reservation from before has the same start, and belongs to another period.
    expect([opened, again].map(({ usedPayments }) => usedPayments?.openedAfter)).toEqual([3, 4]);
    const usedAgain = debit({ ...again, version: 5 }, units(60));
    // Two subscriptions of one second govern alternately.
    expect(counterOf(follow(usedAgain, { ...sameSecond, version: 3 }))).toMatchObject({ used: 60 });
  });

  it('stays applied while another subscription governs for a time, such as a trial', () => {
    const opened = follow(spent);
    const trial = {
      version: 2,
      currentPeriodStart: now + DAY_MS,
      currentPeriodEnd: now + 9 * DAY_MS,
      paidInvoiceId: null,
    };
    const tried = follow({ ...opened, version: 4 }, trial, now + DAY_MS);
    const used = debit({ ...tried, version: 5 }, units(60));
    const back = follow(used, { version: 3 }, now + 2 * DAY_MS);
    expect(counterOf(back)).toMatchObject({ used: 60, periodEnd: trial.currentPeriodEnd });
  });

  it('changes an account once, also if its counters start later', () => {
    const later = mapCounters(spent, ['aiRequest'], (counter) => ({ ...counter, periodStart: now }));
    const apply = (account: Account) => applySubscription(account, bought, cycle(100, 'pro'), GRANTED, now);
    const once = apply(later);
    if (!once) throw new Error('the account did not change');
    expect(counterOf(once)).toMatchObject({ used: 10, periodStart: now });
    expect(apply({ ...once, version: once.version + 1 })).toBeUndefined();
  });

  it('for a renewal opened by time opens nothing', () => {
    const opened = follow(spent);
    const start = bought.currentPeriodEnd;
    const rolled = advance(debit({ ...opened, version: 4 }, units(60)), cycle(100, 'pro'), start);
    const used = debit({ ...rolled, version: 5 }, units(30));
    const renewal = {
      version: 2,
      currentPeriodStart: start,
      currentPeriodEnd: start + 30 * DAY_MS,
      paidInvoiceId: 'in_2',
      isPaidRenewal: true,
    };
    expect(counterOf(follow(used, renewal, start + 3_600_000))).toMatchObject({ used: 30 });
  });

  it('is not needed without usage: an unused account opens in it, once', () => {
    const unseen = { ...free, version: 0 };
    const opened = follow(unseen);
    expect(counterOf(opened)).toMatchObject({ limit: 100, periodStart: bought.currentPeriodStart });
    const used = debit({ ...opened, version: 1 }, units(60));
    expect(counterOf(follow(used, { version: 2, endsAt: null }))).toMatchObject({ used: 60 });
  });

  it('that is missing keeps the usage; the limit moves by its difference', () => {
    const next = follow(spent, { paidInvoiceId: null });
    expect(counterOf(next)).toMatchObject({ limit: 100, used: 10, periodEnd: counterOf(spent).periodEnd });
  });

  it('carries the rest of a grant on, the allowance spent first, until its period’s original end', () => {
    const granted = grantUnits(free, 'aiRequest', 500);
    if (!granted) throw new Error('the grant fits');
    const opened = follow(debit(granted, units(30)), { currentPeriodEnd: SAMPLE_NOW + 40 * DAY_MS });
    const until = counterOf(free).periodEnd;
    expect(counterOf(opened)).toMatchObject({ limit: 580, granted: 480, carried: [{ units: 480, until }] });
    const used = debit({ ...opened, version: 4 }, units(150));
    const ended = advance(used, cycle(100, 'pro'), until);
    // 50 of the grant were spent, 430 expire.
    expect(counterOf(ended)).toMatchObject({ limit: 150, used: 150, remaining: 0 });
    expect(brokenInvariants(ended)).toEqual([]);
  });
});
