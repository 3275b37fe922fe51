import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FAR_FUTURE } from '../../../shared/domain/account.ts';
import {
  GRACE_MS,
  governingSubscription,
  judge,
  type StripeSubscription,
} from '../../../shared/domain/stripe-subscription.ts';
import { entitlement, sameSubscription } from '../../../shared/domain/subscription.ts';

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
  const judgement = judge([subscription(some)], PLANS);
  if (judgement.code !== 'known') throw new Error(judgement.code);
  return judgement.state;
}

const granted = { planId: 'pro', isGranted: true };
const none = { planId: 'free', validUntil: FAR_FUTURE, isGranted: false };

describe('a subscription', () => {
  it.each([
    ['active', 'ACTIVE', { ...granted, validUntil: FAR_FUTURE }],
    ['trialing', 'TRIALING', { ...granted, validUntil: FAR_FUTURE }],
    ['past_due', 'PAST_DUE', { ...granted, validUntil: START * 1_000 + GRACE_MS }],
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

  it('that is to end grants its plan until then, whichever way Stripe says it', () => {
    for (const said of [{ cancel_at_period_end: true }, { cancel_at: END }]) {
      const state = stateOf(said);
      expect(state).toMatchObject({ cancelAtPeriodEnd: true, endsAt: END * 1_000 });
      expect(entitlement(state, END * 1_000 - 1, 'free')).toEqual({ ...granted, validUntil: END * 1_000 });
      expect(entitlement(state, END * 1_000, 'free')).toEqual(none);
    }
    expect(stateOf({ cancel_at: START + 60 })).toMatchObject({ cancelAtPeriodEnd: false });
  });

  it('past due whose grace is over grants nothing', () => {
    expect(entitlement(stateOf({ status: 'past_due' }), START * 1_000 + GRACE_MS, 'free')).toEqual(none);
  });

  it('counts by its state, then by its age, in whatever order several are listed', () => {
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

  it('of a price that no plan names decides nothing where it grants, unless another one does', () => {
    const stranger = subscription({ id: 'sub_2', created: START + 9 }, 'price_unknown');
    expect(judge([stranger], PLANS)).toEqual({ code: 'unknown_price', unknownPrices: ['price_unknown'] });
    expect(judge([stranger, subscription({ status: 'canceled' })], PLANS).code).toBe('unknown_price');
    const both = judge([stranger, subscription()], PLANS);
    expect(both).toMatchObject({ code: 'known', state: { planId: 'pro' }, unknownPrices: ['price_unknown'] });
    expect(judge([{ ...stranger, status: 'canceled' }], PLANS)).toMatchObject({
      code: 'known',
      state: { planId: null, status: 'CANCELED' },
    });
  });

  it('that says the same is the same', () => {
    expect(sameSubscription(stateOf({}), stateOf({ metadata: { more: 'or less' } }))).toBe(true);
    expect(sameSubscription(stateOf({}), stateOf({ cancel_at: END }))).toBe(false);
  });
});
