import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FAR_FUTURE } from '../../../../shared/domain/account.ts';
import {
  customerOf,
  evaluateSubscriptions,
  GRACE_MS,
  governingSubscription,
  invoicedPricesOf,
  latestInvoiceOf,
  pricesOf,
  type StripeSubscription,
  toState,
} from '../../../../shared/domain/subscriptions/stripe-subscription.ts';
import { entitlement, sameSubscription } from '../../../../shared/domain/subscriptions/subscription.ts';
import { DAY, firstPaid, PERIOD, sampleInvoice } from '../../../support/sample-invoices.ts';

const START = Date.UTC(2033, 0, 31) / 1_000;
const END = Date.UTC(2033, 1, 28) / 1_000;
const PLANS = new Map([['price_pro', 'pro']]);

function subscription(some: Partial<StripeSubscription> = {}, price = 'price_pro'): StripeSubscription {
  return {
    id: 'sub_1',
    status: 'active',
    customer: 'cus_1',
    created: START,
    billing_cycle_anchor: START,
    cancel_at: null,
    cancel_at_period_end: false,
    ended_at: null,
    trial_end: null,
    metadata: {},
    latest_invoice: 'in_1',
    items: {
      data: [
        {
          price: { id: price, recurring: { interval: 'month', interval_count: 1 } },
          current_period_start: START,
          current_period_end: END,
        },
      ],
    },
    ...some,
  };
}

function stateOf(some: Partial<StripeSubscription>) {
  const verdict = evaluateSubscriptions([subscription(some)], PLANS);
  if (verdict.code !== 'known') throw new Error(verdict.code);
  return verdict.state;
}

const granted = { planId: 'pro', isGranted: true };
const none = { planId: 'free', validUntil: FAR_FUTURE, isGranted: false };

describe('a subscription', () => {
  it.each([
    ['active', 'ACTIVE', { ...granted, validUntil: FAR_FUTURE }],
    ['trialing', 'TRIALING', { ...granted, validUntil: FAR_FUTURE }],
    ['past_due', 'PAST_DUE', none],
    ['unpaid', 'UNPAID', none],
    ['incomplete', 'UNPAID', none],
    ['canceled', 'CANCELED', none],
    ['incomplete_expired', 'CANCELED', none],
    ['paused', 'PAUSED', none],
    ['something_new', 'UNPAID', none],
  ])('that is %s at Stripe is %s here', (status, local, entitled) => {
    const state = stateOf({ status });
    expect(state.status).toBe(local);
    expect(entitlement(state, START * 1_000, 'free')).toEqual(entitled);
  });

  it('that will end grants its plan until then, in either of Stripe’s notations', () => {
    for (const fields of [{ cancel_at_period_end: true }, { cancel_at: END }]) {
      const state = stateOf(fields);
      expect(state).toMatchObject({ cancelAtPeriodEnd: true, endsAt: END * 1_000 });
      expect(entitlement(state, END * 1_000 - 1, 'free')).toEqual({ ...granted, validUntil: END * 1_000 });
      expect(entitlement(state, END * 1_000, 'free')).toEqual(none);
    }
    expect(stateOf({ cancel_at: START + 60 })).toMatchObject({ cancelAtPeriodEnd: false });
  });

  it('past due grants the paid plan until the grace period ends', () => {
    const failed = { ...stateOf({ status: 'past_due' }), unpaidSince: START * 1_000, paidPlanId: 'solo' };
    const graceEndsAt = START * 1_000 + GRACE_MS;
    const state = { ...failed, graceEndsAt };
    const solo = { planId: 'solo', isGranted: true, validUntil: graceEndsAt };
    expect(entitlement(state, graceEndsAt - 1, 'free')).toEqual(solo);
    expect(entitlement(state, graceEndsAt, 'free')).toEqual(none);
    expect(entitlement({ ...state, endsAt: START * 1_000 + 1 }, START * 1_000, 'free')).toEqual({
      ...solo,
      validUntil: START * 1_000 + 1,
    });
  });

  it('with a sent invoice that is not due yet grants its plan', () => {
    const sent = {
      ...stateOf({}),
      unpaidSince: END * 1_000,
      paidPlanId: null,
      graceEndsAt: END * 1_000 + GRACE_MS,
    };
    expect(entitlement(sent, END * 1_000 - 1, 'free')).toEqual({ ...granted, validUntil: FAR_FUTURE });
    expect(entitlement(sent, END * 1_000, 'free')).toEqual(none);
  });

  it('counts by its state, then by its age, in any order of the list', () => {
    const list = ['canceled', 'incomplete', 'unpaid', 'paused', 'past_due', 'active', 'trialing'].flatMap(
      (status, index) => [
        subscription({ id: `sub_${index}a`, status, created: START + index }),
        subscription({ id: `sub_${index}b`, status, created: START + index }),
      ],
    );
    fc.assert(
      fc.property(fc.shuffledSubarray(list, { minLength: list.length }), (shuffled) => {
        expect(governingSubscription(shuffled)?.id).toBe('sub_6b');
      }),
    );
  });

  it.each([
    ['active', 'past_due'],
    ['trialing', 'past_due'],
    ['past_due', 'paused'],
    ['paused', 'unpaid'],
    ['unpaid', 'incomplete'],
    ['incomplete', 'canceled'],
    ['incomplete', 'something_new'],
  ])('that is %s ranks before a younger one that is %s', (better, worse) => {
    const older = subscription({ id: 'sub_a', status: better, created: START });
    const younger = subscription({ id: 'sub_b', status: worse, created: START + 1 });
    expect(governingSubscription([older, younger])).toBe(older);
    expect(governingSubscription([younger, older])).toBe(older);
  });

  it('ranks by its age among equals, by its id only at equal age', () => {
    const older = subscription({ id: 'sub_b', status: 'active', created: START });
    const younger = subscription({ id: 'sub_a', status: 'trialing', created: START + 1 });
    expect(governingSubscription([older, younger])).toBe(younger);
    expect(governingSubscription([younger, older])).toBe(younger);
    expect(governingSubscription([])).toBeUndefined();
  });

  it('of an unknown price decides nothing, and is reported while it is paid for', () => {
    for (const status of ['active', 'trialing', 'past_due']) {
      expect(evaluateSubscriptions([subscription({ status }, 'price_unknown')], PLANS)).toEqual({
        code: 'none',
        unknownPrices: ['price_unknown'],
      });
    }
    const ended = subscription({ status: 'canceled' }, 'price_unknown');
    expect(evaluateSubscriptions([ended], PLANS)).toEqual({ code: 'none', unknownPrices: [] });
    expect(evaluateSubscriptions([], PLANS)).toEqual({ code: 'none', unknownPrices: [] });
  });

  const STATUSES = ['active', 'trialing', 'past_due', 'paused', 'unpaid', 'incomplete', 'canceled', 'new'];
  const anySubscription = (prices: readonly string[]) =>
    fc
      .record({
        id: fc.integer({ min: 0, max: 99 }).map((number) => `sub_${prices[0]}_${number}`),
        status: fc.constantFrom(...STATUSES),
        created: fc.integer({ min: START, max: START + 5 }),
        price: fc.constantFrom(...prices),
      })
      .map(({ price, ...some }) => subscription(some, price));

  it('has the same state with or without subscriptions to prices that no plan names', () => {
    const own = fc.array(anySubscription([...PLANS.keys()]), { maxLength: 4 });
    const strangers = fc.array(anySubscription(['price_unknown', 'price_other']), { maxLength: 4 });
    fc.assert(
      fc.property(own, strangers, fc.integer({ min: 0, max: 4 }), (list, others, at) => {
        const mixed = [...list.slice(0, at), ...others, ...list.slice(at)];
        const { unknownPrices: _, ...without } = evaluateSubscriptions(list, PLANS);
        const { unknownPrices, ...with_ } = evaluateSubscriptions(mixed, PLANS);
        expect(with_).toEqual(without);
        const isPaidFor = ({ status }: StripeSubscription) => /^(active|trialing|past_due)$/.test(status);
        expect(unknownPrices.length > 0).toBe(others.some(isPaidFor));
      }),
    );
  });

  it('counts as running with the user’s other running ones, whichever governs', () => {
    const running = ['active', 'trialing', 'past_due', 'unpaid', 'paused'];
    const list = STATUSES.map((status, index) => subscription({ id: `sub_${index}`, status }));
    const verdict = evaluateSubscriptions([...list, subscription({ id: 'sub_x' }, 'price_unknown')], PLANS);
    expect(verdict).toMatchObject({ state: { runningSubscriptions: running.length } });
    expect(stateOf({ status: 'canceled' }).runningSubscriptions).toBe(0);
    expect(stateOf({ status: 'incomplete' }).runningSubscriptions).toBe(0);
  });

  it('with equal content is the same', () => {
    expect(sameSubscription(stateOf({}), stateOf({ metadata: { more: 'or less' } }))).toBe(true);
    expect(sameSubscription(stateOf({}), stateOf({ cancel_at: END }))).toBe(false);
  });

  it('has the plans of the prices that its invoices name, and is another where one of them changed', () => {
    const invoices = ['price_pro', 'price_old', 'price_odd'].map((price) =>
      sampleInvoice({ lines: [{ price, amount: 1_000 }] }),
    );
    const stateWith = (...more: (readonly [string, string])[]) =>
      toState(subscription({ invoices }), new Map([...PLANS, ...more]));
    const state = stateWith(['price_old', 'solo']);
    expect(state.invoicedPlans).toEqual({ price_old: 'solo', price_odd: null });
    expect(sameSubscription(state, stateWith(['price_old', 'solo']))).toBe(true);
    expect(sameSubscription(state, stateWith(['price_old', 'team']))).toBe(false);
    expect(sameSubscription(state, stateWith(['price_old', 'solo'], ['price_odd', 'team']))).toBe(false);
    expect(sameSubscription(state, { ...state, invoicedPlans: { price_old: 'solo' } })).toBe(false);
    expect(toState(subscription({ invoices, status: 'trialing' }), PLANS).invoicedPlans).toEqual({});
    const { invoicedPlans: _, ...savedBefore } = state;
    expect(sameSubscription(savedBefore, state)).toBe(true);
  });
});

describe('the state of a subscription', () => {
  const item = (price: string, recurring: { interval: string; interval_count: number } | null) => ({
    price: { id: price, recurring },
    current_period_start: START,
    current_period_end: END,
  });
  const billedBy = (interval: string, interval_count: number) =>
    stateOf({ items: { data: [item('price_pro', { interval, interval_count })] } }).billingMonths;

  it('is Stripe’s, in our terms', () => {
    expect(stateOf({ trial_end: START + 5, ended_at: END, created: START - 9 })).toEqual({
      planId: 'pro',
      priceId: 'price_pro',
      status: 'ACTIVE',
      stripeStatus: 'active',
      customerId: 'cus_1',
      subscriptionId: 'sub_1',
      createdAt: (START - 9) * 1_000,
      currentPeriodStart: START * 1_000,
      currentPeriodEnd: END * 1_000,
      billingAnchor: START * 1_000,
      billingMonths: 1,
      cancelAtPeriodEnd: false,
      endsAt: null,
      latestInvoiceId: 'in_1',
      invoicedPlans: {},
      paidInvoiceId: null,
      isPaidRenewal: false,
      unpaidInvoiceId: null,
      unpaidSince: null,
      paidPlanId: null,
      graceEndsAt: null,
      trialEndsAt: (START + 5) * 1_000,
      endedAt: END * 1_000,
      runningSubscriptions: 1,
    });
  });

  it('counts its periods in months, and in single ones if billed by days or weeks', () => {
    expect([billedBy('month', 1), billedBy('month', 3), billedBy('year', 1), billedBy('year', 2)]).toEqual([
      1, 3, 12, 24,
    ]);
    expect([billedBy('week', 2), billedBy('day', 30)]).toEqual([1, 1]);
    expect(stateOf({ items: { data: [item('price_pro', null)] } }).billingMonths).toBe(1);
  });

  it('follows the item of a known plan, otherwise the first', () => {
    const [addOn, pro] = [
      item('price_add_on', null),
      { ...item('price_pro', null), current_period_end: END + 1 },
    ];
    expect(stateOf({ items: { data: [addOn, pro] } })).toMatchObject({
      planId: 'pro',
      priceId: 'price_pro',
      currentPeriodEnd: (END + 1) * 1_000,
    });
    expect(toState(subscription({ items: { data: [addOn] } }), PLANS)).toMatchObject({
      planId: null,
      priceId: 'price_add_on',
    });
  });

  it('without an item has no price; a period without length is dated at its beginning', () => {
    const created = START + 7;
    expect(toState(subscription({ created, items: { data: [] } }), new Map([['', 'pro']]))).toMatchObject({
      priceId: '',
      currentPeriodStart: created * 1_000,
      currentPeriodEnd: created * 1_000,
      billingMonths: 1,
    });
    expect(toState(subscription({ items: { data: [] } }), PLANS).planId).toBeNull();
  });

  const paidFirst = sampleInvoice({ id: 'in_1', lines: [{ price: 'price_pro', amount: 2_000 }] });
  const unpaid = sampleInvoice({ id: 'in_2', day: 3, status: 'open', lines: [{ amount: 9_000 }] });
  const failedAt = (PERIOD.start + 3 * DAY + 60) * 1_000;

  it('that is past due has the time of the failure, and the plan paid for before', () => {
    const state = stateOf({ status: 'past_due', latest_invoice: 'in_2', invoices: [unpaid, paidFirst] });
    expect(state).toMatchObject({
      unpaidInvoiceId: 'in_2',
      unpaidSince: failedAt,
      paidPlanId: 'pro',
      // The paid period is longer than the seven days.
      graceEndsAt: PERIOD.end * 1_000,
    });
    const late = sampleInvoice({ id: 'in_2', day: 26, status: 'open', lines: [{ amount: 9_000 }] });
    const atTheEnd = stateOf({ status: 'past_due', latest_invoice: 'in_2', invoices: [late, paidFirst] });
    expect(atTheEnd.graceEndsAt).toBe(Number(atTheEnd.unpaidSince) + GRACE_MS);
  });

  it('is past due here while an older invoice is unpaid, though Stripe returns active', () => {
    const credit = sampleInvoice({ id: 'in_3', day: 4, lines: [{ amount: -500, proration: true }] });
    const invoices = [credit, unpaid, paidFirst];
    expect(stateOf({ latest_invoice: 'in_3', invoices })).toMatchObject({
      status: 'PAST_DUE',
      stripeStatus: 'active',
      paidPlanId: 'pro',
    });
  });

  it('ranks behind a paid one, though it is younger and Stripe returns both as active', () => {
    const credit = sampleInvoice({ id: 'in_3', day: 4, lines: [{ amount: -500, proration: true }] });
    const invoices = [credit, unpaid, paidFirst];
    const younger = subscription({ id: 'sub_2', created: START + 1, latest_invoice: 'in_3', invoices });
    const list = [younger, subscription({ id: 'sub_1' })];
    expect(evaluateSubscriptions(list, PLANS)).toMatchObject({
      state: { subscriptionId: 'sub_1', status: 'ACTIVE' },
    });
  });

  it('names the payment of its period, and whether that was a renewal', () => {
    const items = {
      data: [
        { ...item('price_pro', null), current_period_start: PERIOD.start, current_period_end: PERIOD.end },
      ],
    };
    expect(stateOf({ items, invoices: [paidFirst] })).toMatchObject({
      paidInvoiceId: 'in_1',
      isPaidRenewal: false,
    });
    const renewal = { ...paidFirst, billing_reason: 'subscription_cycle' };
    expect(stateOf({ items, invoices: [renewal] })).toMatchObject({ isPaidRenewal: true });
    expect(stateOf({ status: 'canceled', items, invoices: [paidFirst] }).paidInvoiceId).toBeNull();
  });

  it('names an expanded object by its id', () => {
    const expanded = subscription({ customer: { id: 'cus_2' }, latest_invoice: { id: 'in_2' } });
    expect(customerOf(expanded)).toBe('cus_2');
    expect(latestInvoiceOf(expanded)).toBe('in_2');
    expect(latestInvoiceOf({ latest_invoice: null })).toBeUndefined();
  });

  it('of several subscriptions lists each price once', () => {
    expect(pricesOf([subscription(), subscription({}, 'price_x'), subscription()])).toEqual([
      'price_pro',
      'price_x',
    ]);
    expect(invoicedPricesOf([subscription({ invoices: [firstPaid(2_000, 'price_former')] })])).toEqual([
      'price_pro',
      'price_former',
    ]);
  });
});

describe('an entitlement', () => {
  it('is absent without a plan, or with a status that grants nothing, whatever else is set', () => {
    expect(entitlement({ ...stateOf({}), planId: null }, START, 'free')).toEqual(none);
    const unpaid = { ...stateOf({}), status: 'UNPAID', graceEndsAt: END * 1_000 } as const;
    expect(entitlement(unpaid, START * 1_000, 'free')).toEqual(none);
  });
});
