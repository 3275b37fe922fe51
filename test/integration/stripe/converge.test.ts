import { describe, expect, it } from 'vitest';
import { FAR_FUTURE } from '../../../shared/domain/account.ts';
import { convergeSubscription } from '../../../shared/usecases/subscriptions/converge-subscription.ts';
import { overlaid } from '../../proofs/simulation/overlaid.ts';
import { accountOf, DAY_MS, type StripeService, useStripeServices } from '../../support/stripe-service.ts';

const HOUR_MS = 3_600_000;

/** A dearer plan that is billed at once, to a card that declines. */
async function failToUpgrade(world: StripeService, customer: string, id: string): Promise<void> {
  world.simulator.control.setCard(customer, 'declines');
  const [item] = world.simulator.subscription(id)?.items.data ?? [];
  await world.stripe.subscriptions.update(id, {
    items: [{ id: item?.id ?? '', price: world.prices.dearer }],
    proration_behavior: 'always_invoice',
  });
}

describe('a subscription', () => {
  const open = useStripeServices();

  it('that is new puts its user on the plan of its price, in Stripe’s period', async () => {
    const world = await open();
    const { id, items } = await world.subscribe(await world.customer('new'));
    const outcome = await convergeSubscription(world.deps, { subscriptionId: id });
    expect(outcome).toMatchObject({ code: 'converged', changed: true, userId: 'new' });
    expect(await world.deps.subscriptions.read('new')).toMatchObject({
      version: 1,
      planId: 'pro',
      status: 'ACTIVE',
      subscriptionId: id,
      currentPeriodEnd: Number(items.data[0]?.current_period_end) * 1_000,
    });
    expect(await accountOf(world, 'new')).toMatchObject({
      plan: { id: 'pro' },
      validUntil: FAR_FUTURE,
      subscriptionVersion: 1,
    });
    expect(world.announced).toHaveLength(1);
  });

  it('unchanged creates no version, no account change and no event', async () => {
    const world = await open();
    const { id } = await world.subscribe(await world.customer('same'));
    await convergeSubscription(world.deps, { subscriptionId: id });
    const before = await accountOf(world, 'same');
    for (const target of [{ subscriptionId: id }, { userId: 'same' }]) {
      expect(await convergeSubscription(world.deps, target)).toMatchObject({ changed: false });
    }
    expect(await accountOf(world, 'same')).toEqual(before);
    expect((await world.deps.subscriptions.history('same', 10)).items).toHaveLength(1);
    expect(world.announced).toHaveLength(1);
  });

  it('that was elsewhere for a moment is not saved so by its reader once another has read it back', async () => {
    const world = await open();
    const { id } = await world.subscribe(await world.customer('wavering'));
    await convergeSubscription(world.deps, { subscriptionId: id });
    await world.stripe.subscriptions.update(id, { cancel_at_period_end: true });
    let looks = 0;
    const slow: typeof world.deps.stripe = Object.create(world.deps.stripe);
    slow.subscriptionsOf = async (customerId) => {
      const found = await world.deps.stripe.subscriptionsOf(customerId);
      looks += 1;
      if (looks > 1) return found;
      await world.stripe.subscriptions.update(id, { cancel_at_period_end: false });
      expect(await convergeSubscription(world.deps, { subscriptionId: id })).toMatchObject({
        changed: false,
      });
      return found;
    };
    expect(await convergeSubscription(world.with({ stripe: slow }), { userId: 'wavering' })).toMatchObject({
      changed: false,
    });
    expect(await world.deps.subscriptions.read('wavering')).toMatchObject({
      version: 1,
      cancelAtPeriodEnd: false,
    });
    expect(looks).toBe(2);
  });

  it('whose customer was deleted is not saved by a slower reader once another has found nothing', async () => {
    const world = await open();
    const customer = await world.customer('gone');
    const { id } = await world.subscribe(customer);
    const slow = overlaid(world.deps.stripe, {
      subscriptionsOf: async (customerId: string) => {
        const found = await world.deps.stripe.subscriptionsOf(customerId);
        if (found.some(({ status }) => status === 'active')) {
          await world.stripe.customers.del(customer);
          // Stripe lists no subscription of a customer that does not exist.
          const stripe = overlaid(world.deps.stripe, { subscriptionsOf: async () => [] });
          const fast = await convergeSubscription(world.with({ stripe }), { customerId: customer });
          expect(fast.code).toBe('no_subscription');
        }
        return found;
      },
    });
    await convergeSubscription(world.with({ stripe: slow }), { subscriptionId: id });
    expect((await world.deps.subscriptions.read('gone'))?.status).not.toBe('ACTIVE');
    expect(await accountOf(world, 'gone')).toMatchObject({ plan: { id: 'free' } });
  });

  it('cancelled at the end of its period keeps the plan until then, and ends without an event', async () => {
    const world = await open();
    const { id, items } = await world.subscribe(await world.customer('leaving'));
    await world.stripe.subscriptions.update(id, { cancel_at_period_end: true });
    await convergeSubscription(world.deps, { subscriptionId: id });
    const end = Number(items.data[0]?.current_period_end) * 1_000;
    expect(await accountOf(world, 'leaving')).toMatchObject({ plan: { id: 'pro' }, validUntil: end });
    world.deps.clock.freezeAt(end - 1);
    expect(await accountOf(world, 'leaving')).toMatchObject({ plan: { id: 'pro' } });
    world.deps.clock.freezeAt(end);
    expect(await accountOf(world, 'leaving')).toMatchObject({ plan: { id: 'free' }, validUntil: FAR_FUTURE });
  });

  it('that is past due keeps the plan for seven days from the first failure, whenever that arrives', async () => {
    const world = await open();
    const customer = await world.customer('late');
    const { id } = await world.subscribe(customer);
    await convergeSubscription(world.deps, { subscriptionId: id });
    const { currentPeriodEnd = 0 } = (await world.deps.subscriptions.read('late')) ?? {};
    world.simulator.control.setCard(customer, 'declines');
    await world.advance(32 * DAY_MS);
    await convergeSubscription(world.deps, { subscriptionId: id });
    // A renewal's invoice is a draft for an hour.
    const graceEndsAt = currentPeriodEnd + HOUR_MS + 7 * DAY_MS;
    expect(await world.deps.subscriptions.read('late')).toMatchObject({ status: 'PAST_DUE', graceEndsAt });
    expect(await accountOf(world, 'late')).toMatchObject({ plan: { id: 'pro' }, validUntil: graceEndsAt });
    world.deps.clock.freezeAt(graceEndsAt - 1);
    expect(await accountOf(world, 'late')).toMatchObject({ plan: { id: 'pro' } });
    world.deps.clock.freezeAt(graceEndsAt);
    expect(await accountOf(world, 'late')).toMatchObject({ plan: { id: 'free' } });
  });

  it('with an unpaid upgrade keeps the plan last paid for until the end of its paid period', async () => {
    const world = await open();
    const customer = await world.customer('upgrader');
    const { id, items } = await world.subscribe(customer);
    await world.advance(10 * DAY_MS);
    await failToUpgrade(world, customer, id);
    const unpaidSince = world.deps.now();
    await world.advance(3 * DAY_MS);
    await convergeSubscription(world.deps, { subscriptionId: id });
    const graceEndsAt = Number(items.data[0]?.current_period_end) * 1_000;
    expect(await world.deps.subscriptions.read('upgrader')).toMatchObject({
      status: 'PAST_DUE',
      planId: 'team',
      paidPlanId: 'pro',
      unpaidSince,
      graceEndsAt,
    });
    expect(await accountOf(world, 'upgrader')).toMatchObject({ plan: { id: 'pro' } });
    world.deps.clock.freezeAt(graceEndsAt);
    expect(await accountOf(world, 'upgrader')).toMatchObject({ plan: { id: 'free' } });
  });

  it('whose renewal fails in grace gets no second grace, in any order of events', async () => {
    const world = await open({ whenUnpaid: 'past_due' });
    const customer = await world.customer('twice');
    const { id } = await world.subscribe(customer);
    await world.advance(25 * DAY_MS);
    await failToUpgrade(world, customer, id);
    const graceEndsAt = world.deps.now() + 7 * DAY_MS;
    await convergeSubscription(world.deps, { subscriptionId: id });
    const convergedAtOnce = await world.deps.subscriptions.read('twice');
    await world.advance(5 * DAY_MS);
    await convergeSubscription(world.deps, { subscriptionId: id });
    const convergedAgain = await world.deps.subscriptions.read('twice');
    expect([convergedAtOnce?.graceEndsAt, convergedAgain?.graceEndsAt]).toEqual([graceEndsAt, graceEndsAt]);
    // The renewal was billed, and not paid either: the first failure counts.
    expect(convergedAgain?.unpaidInvoiceId).toBe(convergedAtOnce?.unpaidInvoiceId);
    world.deps.clock.freezeAt(graceEndsAt);
    expect(await accountOf(world, 'twice')).toMatchObject({ plan: { id: 'free' } });
  });

  it('with a price that no plan names changes nothing, and is reported', async () => {
    const world = await open();
    const { id } = await world.subscribe(await world.customer('odd'), 'unknown');
    expect(await convergeSubscription(world.deps, { subscriptionId: id })).toEqual({
      code: 'no_subscription',
      userId: 'odd',
      unknownPrices: [world.prices.unknown],
      strangerIds: [id],
      isContested: false,
    });
    expect(await world.deps.subscriptions.read('odd')).toBeUndefined();
  });
});
