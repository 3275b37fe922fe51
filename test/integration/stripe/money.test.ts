import type Stripe from 'stripe';
import { describe, expect, it } from 'vitest';
import type { Counter } from '../../../shared/domain/account.ts';
import { setUserPlan } from '../../../shared/usecases/plans/set-user-plan.ts';
import { consume } from '../../../shared/usecases/quota/consume.ts';
import { grantQuota } from '../../../shared/usecases/quota/grant-quota.ts';
import { convergeSubscription } from '../../../shared/usecases/subscriptions/converge-subscription.ts';
import {
  accountOf,
  DAY_MS,
  type Prices,
  type StripeService,
  useStripeServices,
} from '../../support/stripe-service.ts';

const FEATURE = 'aiRequest';

/** A world in which the default plan has 10 units a billing cycle, and one of its users. */
async function withUser(open: ReturnType<typeof useStripeServices>, userId: string) {
  const world = await open();
  await world.deps.createPlan('free', [{ limit: 10, interval: 'billing_cycle' }]);
  const customer = await world.customer(userId);
  const use = async (amount: number): Promise<boolean> => {
    const outcome = await consume(world.deps, { userId, amounts: new Map([[FEATURE, amount]]) });
    return outcome.code === 'changed';
  };
  const converge = () => convergeSubscription(world.deps, { customerId: customer });
  return {
    world,
    customer,
    /** Whether `amount` units are admitted, by one call. */
    use,
    converge,
    /** Uses all remaining units, and returns their number. */
    async useAll(): Promise<number> {
      const { remaining } = await counter(world, userId);
      return remaining > 0 && (await use(remaining)) ? remaining : 0;
    },
    counter: () => counter(world, userId),
    planId: async () => (await accountOf(world, userId)).plan.id,
    subscription: () => world.deps.subscriptions.read(userId),
    async subscribe(price: keyof Prices, params?: Partial<Stripe.SubscriptionCreateParams>): Promise<string> {
      const { id } = await world.subscribe(customer, price, params);
      await converge();
      return id;
    },
  };
}

async function counter(world: StripeService, userId: string): Promise<Counter> {
  const list = (await accountOf(world, userId)).counters.get(FEATURE) ?? [];
  const found = list.find(({ interval }) => interval === 'billing_cycle');
  if (!found) throw new Error('no billing cycle is counted');
  return found;
}

describe('a billing cycle', () => {
  const open = useStripeServices();

  it('of a free plan gives its units once, however often it is bought and cancelled', async () => {
    const { world, use, subscribe, converge } = await withUser(open, 'starter');
    let admitted = 0;
    for (let round = 0; round < 4; round += 1) {
      const id = await subscribe('zero');
      if (await use(10)) admitted += 10;
      await world.stripe.subscriptions.cancel(id);
      await world.advance(DAY_MS);
      await converge();
    }
    expect(admitted).toBe(10);
  });

  it('of a free plan is not bought by other items of its subscription', async () => {
    const { world, customer, useAll, converge } = await withUser(open, 'bundle');
    const items = [{ price: world.prices.zero }, { price: world.prices.unknown }];
    const admitted: number[] = [];
    for (let round = 0; round < 3; round += 1) {
      const { id } = await world.stripe.subscriptions.create({ customer, items });
      await converge();
      admitted.push(await useAll());
      await world.stripe.subscriptions.cancel(id);
      await world.advance(DAY_MS);
      await converge();
    }
    expect(admitted).toEqual([10, 0, 0]);
  });

  it('of a free plan starts anew each month', async () => {
    const { world, use, subscribe, converge } = await withUser(open, 'lasting');
    const id = await subscribe('zero');
    for (let month = 0; month < 3; month += 1) {
      expect(await use(10)).toBe(true);
      expect(await use(1)).toBe(false);
      const end = Number(world.simulator.subscription(id)?.items.data[0]?.current_period_end) * 1_000;
      await world.advance(end - world.deps.now() + 1_000);
      // The event of the second renewal is late.
      if (month !== 1) await converge();
    }
    expect(await use(10)).toBe(true);
  });

  it('starts anew by time while the default and a free plan alternate every three weeks', async () => {
    const { world, customer, use, converge } = await withUser(open, 'turning');
    let admitted = (await use(10)) ? 1 : 0;
    let id: string | undefined;
    for (let turn = 0; turn < 8; turn += 1) {
      await world.advance(21 * DAY_MS);
      if (await use(10)) admitted += 1;
      if (id) await world.stripe.subscriptions.cancel(id);
      id = id ? undefined : (await world.subscribe(customer, 'zero')).id;
      await converge();
      if (await use(10)) admitted += 1;
    }
    // Within 24 weeks: once per month end, and not per change.
    expect(admitted).toBeGreaterThanOrEqual(5);
    expect(admitted).toBeLessThanOrEqual(8);
  });

  it('is bought twice, not five times, by a change to yearly and back, and again', async () => {
    const { world, useAll, subscribe, converge } = await withUser(open, 'switching');
    const id = await subscribe('monthly');
    const admitted = [await useAll()];
    for (const price of ['yearly', 'monthly', 'yearly', 'monthly'] as const) {
      await world.advance(DAY_MS);
      await world.changePrice(id, price);
      await converge();
      admitted.push(await useAll());
    }
    // The first change was paid for. Credit of the change back paid for the others.
    expect(admitted).toEqual([1_000, 1_000, 0, 0, 0]);
  });

  it('is bought also by changes within one second', async () => {
    const { world, useAll, subscribe, converge } = await withUser(open, 'hasty');
    const id = await subscribe('monthly');
    const admitted = [await useAll()];
    for (const price of ['yearly', 'monthly', 'yearly', 'monthly'] as const) {
      await world.changePrice(id, price);
      for (let again = 0; again < 2; again += 1) await converge();
      admitted.push(await useAll());
    }
    expect(admitted).toEqual([1_000, 1_000, 0, 0, 0]);
  });

  it('is not bought by a trial, the first or another', async () => {
    const { world, use, subscribe, converge } = await withUser(open, 'trying');
    expect(await use(10)).toBe(true);
    for (let round = 0; round < 2; round += 1) {
      await world.advance(DAY_MS);
      const id = await subscribe('monthly', { trial_period_days: 14 });
      expect(await use(round === 0 ? 990 : 1)).toBe(round === 0);
      await world.stripe.subscriptions.cancel(id);
      await converge();
    }
  });

  it('is bought by money after the free units: earlier usage counts no more', async () => {
    const { use, subscribe, counter: read } = await withUser(open, 'buyer');
    expect(await use(10)).toBe(true);
    await subscribe('monthly');
    expect(await read()).toMatchObject({ limit: 1_000, used: 0 });
  });

  it.each([
    ['a coupon of 100 %', 100, 10],
    ['a coupon of half', 50, 0],
  ])('is not bought by %s, but by the rest to pay', async (_, percent_off, used) => {
    const { world, use, subscribe, counter: read } = await withUser(open, `coupon-${percent_off}`);
    const coupon = await world.stripe.coupons.create({ percent_off, duration: 'forever' });
    expect(await use(10)).toBe(true);
    await world.advance(DAY_MS);
    await subscribe('monthly', { discounts: [{ coupon: coupon.id }] });
    expect(await read()).toMatchObject({ limit: 1_000, used });
  });

  it('is not bought by customer balance, and not by two cents beside it', async () => {
    for (const left of [0, 2, 499]) {
      const { world, customer, use, subscribe, counter: read } = await withUser(open, `balance-${left}`);
      await world.stripe.customers.update(customer, { balance: left - 1_000 });
      expect(await use(10)).toBe(true);
      await world.advance(DAY_MS);
      await subscribe('monthly');
      expect(await read()).toMatchObject({ limit: 1_000, used: 10 });
    }
  });

  it('is bought by a payment out of band', async () => {
    const { world, use, subscribe, converge, counter: read } = await withUser(open, 'wire');
    expect(await use(10)).toBe(true);
    const id = await subscribe('monthly', { collection_method: 'send_invoice', days_until_due: 14 });
    expect(await read()).toMatchObject({ limit: 1_000, used: 10 });
    await world.advance(2 * DAY_MS);
    const [invoice] = world.simulator.invoices();
    await world.stripe.invoices.pay(invoice?.id ?? '', { paid_out_of_band: true });
    await converge();
    expect(await read()).toMatchObject({ limit: 1_000, used: 0 });
    expect(world.simulator.subscription(id)?.status).toBe('active');
  });

  it('opened by time is not opened again by the payment of its renewal', async () => {
    const { world, use, subscribe, converge, counter: read } = await withUser(open, 'renewed');
    await subscribe('monthly');
    const { periodEnd } = await read();
    await world.advance(periodEnd - world.deps.now() + 60_000);
    expect(await use(300)).toBe(true);
    await converge();
    // A renewal is charged an hour later.
    await world.advance(3 * 3_600_000);
    await converge();
    expect(await read()).toMatchObject({ used: 300, periodStart: periodEnd });
  });

  it('is opened once by one payment, however delivered, and however late', async () => {
    const { world, use, useAll, subscribe, converge, counter: read } = await withUser(open, 'raced');
    const id = await subscribe('monthly');
    expect(await useAll()).toBe(1_000);
    await world.advance(DAY_MS);
    await world.changePrice(id, 'yearly');
    await world.advance(3 * DAY_MS);
    await Promise.all([converge(), converge(), convergeSubscription(world.deps, { subscriptionId: id })]);
    expect(await use(400)).toBe(true);
    await world.stripe.subscriptions.update(id, { cancel_at_period_end: true });
    await Promise.all([converge(), converge()]);
    expect(await read()).toMatchObject({ used: 400 });
  });
});

describe('granted units', () => {
  const open = useStripeServices();

  it('outlive a period that a payment cut short, until their original end', async () => {
    const { world, use, subscribe, counter: read } = await withUser(open, 'granted');
    expect(await use(4)).toBe(true);
    const { periodEnd } = await read();
    await grantQuota(world.deps, { userId: 'granted', feature: FEATURE, amount: 500, reason: 'sorry' });
    expect(await use(26)).toBe(true);
    await world.advance(10 * DAY_MS);
    await subscribe('monthly');
    // 6 units of the allowance and 20 of the grant were spent.
    expect(await read()).toMatchObject({ limit: 1_480, used: 0, remaining: 1_480 });
    world.deps.clock.freezeAt(periodEnd - 1);
    expect(await use(1_100)).toBe(true);
    world.deps.clock.freezeAt(periodEnd);
    expect(await use(1)).toBe(false);
    expect(await read()).toMatchObject({ limit: 1_100, used: 1_100, remaining: 0 });
  });

  it('are refused by the write itself once they expired, in an environment that read them before', async () => {
    const { world, subscribe, counter: read } = await withUser(open, 'ended');
    const { periodEnd } = await read();
    await grantQuota(world.deps, { userId: 'ended', feature: FEATURE, amount: 500, reason: 'sorry' });
    await world.advance(10 * DAY_MS);
    await subscribe('monthly');
    world.deps.clock.freezeAt(periodEnd + 5);
    const outcome = await consume(world.deps, { userId: 'ended', amounts: new Map([[FEATURE, 1_001]]) });
    expect(outcome.code).toBe('denied');
    expect(await read()).toMatchObject({ limit: 1_000, remaining: 1_000 });
  });
});

describe('an unpaid upgrade', () => {
  const open = useStripeServices();

  it('grants nothing', async () => {
    const { world, customer, useAll, subscribe, converge, planId } = await withUser(open, 'unpaid');
    const id = await subscribe('monthly');
    expect(await useAll()).toBe(1_000);
    world.simulator.control.setCard(customer, 'declines');
    await world.advance(5 * DAY_MS);
    await world.changePrice(id, 'dearer');
    await converge();
    expect(world.simulator.subscription(id)?.status).toBe('past_due');
    expect([await planId(), await useAll()]).toEqual(['pro', 0]);
  });

  it('grants nothing if credit of a further change makes the subscription active', async () => {
    const { world, customer, subscribe, converge, planId, subscription } = await withUser(open, 'credited');
    const id = await subscribe('monthly');
    world.simulator.control.setCard(customer, 'declines');
    await world.advance(5 * DAY_MS);
    await world.changePrice(id, 'dearer');
    await world.changePrice(id, 'monthly');
    await world.changePrice(id, 'dearer');
    await converge();
    expect(world.simulator.subscription(id)?.status).toBe('active');
    expect(await subscription()).toMatchObject({
      status: 'PAST_DUE',
      stripeStatus: 'active',
      planId: 'team',
    });
    expect(await planId()).toBe('pro');
  });

  it('grants its plan once it is paid', async () => {
    const { world, customer, subscribe, converge, planId } = await withUser(open, 'paying');
    const id = await subscribe('monthly');
    world.simulator.control.setCard(customer, 'declines');
    await world.advance(5 * DAY_MS);
    await world.changePrice(id, 'dearer');
    await converge();
    world.simulator.control.setCard(customer, 'works');
    const unpaid = world.simulator.invoices().find(({ status }) => status === 'open');
    await world.stripe.invoices.pay(unpaid?.id ?? '');
    await converge();
    expect(await planId()).toBe('team');
  });

  it('of a trial, or the first charge after one, ends in the default plan at once', async () => {
    const { world, customer, subscribe, converge, planId } = await withUser(open, 'tried');
    await subscribe('monthly', { trial_period_days: 14 });
    expect(await planId()).toBe('pro');
    world.simulator.control.setCard(customer, 'declines');
    await world.advance(15 * DAY_MS);
    await converge();
    expect(await planId()).toBe('free');
  });
});

describe('a sent invoice', () => {
  const open = useStripeServices();

  it('grants its plan until it is overdue, then the plan paid for before, or nothing', async () => {
    const { world, subscribe, converge, planId } = await withUser(open, 'sent');
    await subscribe('monthly', { collection_method: 'send_invoice', days_until_due: 14 });
    await world.advance(13 * DAY_MS);
    await converge();
    expect(await planId()).toBe('pro');
    await world.advance(2 * DAY_MS);
    await converge();
    expect(await planId()).toBe('free');
  });

  it('that is overdue is found also without an event', async () => {
    const { world, subscribe, converge, planId, subscription } = await withUser(open, 'overdue');
    const id = await subscribe('monthly', { collection_method: 'send_invoice', days_until_due: 14 });
    await world.advance(2 * 3_600_000);
    const [first] = world.simulator.invoices();
    await world.stripe.invoices.pay(first?.id ?? '', { paid_out_of_band: true });
    await world.changePrice(id, 'dearer');
    await converge();
    expect([await planId(), (await subscription())?.status]).toEqual(['team', 'ACTIVE']);
    await world.advance(14 * DAY_MS + 2 * 3_600_000);
    await converge();
    expect(await planId()).toBe('pro');
  });
});

describe('a plan set by hand', () => {
  const open = useStripeServices();

  it('stays when a subscription without grants changes to another state without grants', async () => {
    const { world, customer, subscribe, converge, planId } = await withUser(open, 'by-hand');
    await setUserPlan(world.deps, { userId: 'by-hand', planId: 'team' });
    world.simulator.control.setCard(customer, 'declines');
    const id = await subscribe('monthly');
    expect(world.simulator.subscription(id)?.status).toBe('incomplete');
    expect(await planId()).toBe('team');
    await world.advance(2 * DAY_MS);
    await converge();
    expect(world.simulator.subscription(id)?.status).toBe('incomplete_expired');
    expect(await planId()).toBe('team');
  });

  it('ends when a granting subscription ends', async () => {
    const { world, subscribe, converge, planId } = await withUser(open, 'replaced');
    const id = await subscribe('monthly');
    await setUserPlan(world.deps, { userId: 'replaced', planId: 'team' });
    await world.stripe.subscriptions.cancel(id);
    await converge();
    expect(await planId()).toBe('free');
    await setUserPlan(world.deps, { userId: 'replaced', planId: 'team' });
    await world.stripe.customers.update(world.simulator.subscription(id)?.customer ?? '', { name: 'Ada' });
    await converge();
    expect(await planId()).toBe('team');
  });
});
