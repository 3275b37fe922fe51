import type { Delivery } from 'stripe-simulator';
import { describe, expect, it } from 'vitest';
import { CLAIM_LEASE_MS } from '../../../shared/adapters/dynamodb/stripe-event-store.ts';
import { consume } from '../../../shared/usecases/quota/consume.ts';
import { reserve } from '../../../shared/usecases/quota/reserve.ts';
import { settleReservation } from '../../../shared/usecases/quota/settle-reservation.ts';
import { convergeSubscription } from '../../../shared/usecases/subscriptions/converge-subscription.ts';
import { syncSubscriptions } from '../../../shared/usecases/subscriptions/sync-subscriptions.ts';
import { counterOf, units } from '../../support/sample-account.ts';
import { accountOf, DAY_MS, type StripeService, useStripeServices } from '../../support/stripe-service.ts';

const always = () => true;

describe('when Stripe’s events', () => {
  const open = useStripeServices();
  const waiting = ({ simulator }: StripeService, type?: string): Delivery[] =>
    simulator.control.pendingDeliveries().filter(({ event }) => !type || event.type === type);
  const deliver = async (world: StripeService, deliveries: readonly Delivery[]) =>
    (await world.simulator.control.deliver(deliveries)).map(({ status }) => status);
  const localOf = (world: StripeService, userId: string) => world.deps.subscriptions.read(userId);

  it('have `updated` before `created`, the state is still the newest', async () => {
    const world = await open();
    const { id } = await world.subscribe(await world.customer('f-reversed'));
    await world.stripe.subscriptions.update(id, { cancel_at_period_end: true });
    const statuses = await deliver(world, waiting(world).reverse());
    expect(new Set(statuses)).toEqual(new Set([200]));
    expect(await localOf(world, 'f-reversed')).toMatchObject({ version: 1, cancelAtPeriodEnd: true });
  });

  it('have an older event after a newer one, it changes nothing', async () => {
    const world = await open();
    const { id } = await world.subscribe(await world.customer('f-older'));
    const older = waiting(world);
    await world.stripe.subscriptions.cancel(id);
    await deliver(world, waiting(world, 'customer.subscription.deleted'));
    await deliver(world, older);
    expect(await localOf(world, 'f-older')).toMatchObject({ version: 1, status: 'CANCELED' });
  });

  it('arrive twice, each is handled once', async () => {
    const world = await open({ deliveryConditions: { duplicate: 1 } });
    await world.subscribe(await world.customer('f-twice'));
    expect(new Set(await deliver(world, waiting(world)))).toEqual(new Set([200]));
    expect(await localOf(world, 'f-twice')).toMatchObject({ version: 1 });
    expect((await world.deps.subscriptions.payments('f-twice', 10)).items).toHaveLength(1);
    expect(world.announced).toHaveLength(1);
  });

  it('arrive three days late, the current state is saved', async () => {
    const world = await open();
    const { id } = await world.subscribe(await world.customer('f-days'));
    const late = waiting(world, 'customer.subscription.created');
    await world.stripe.subscriptions.cancel(id);
    await world.advance(3 * DAY_MS);
    await deliver(world, late);
    expect(await localOf(world, 'f-days')).toMatchObject({ version: 1, status: 'CANCELED' });
  });

  it('arrive two at once for one subscription, the later read wins', async () => {
    const world = await open();
    const { id } = await world.subscribe(await world.customer('f-race'));
    await convergeSubscription(world.deps, { subscriptionId: id });
    await world.stripe.subscriptions.update(id, { cancel_at_period_end: true });
    // The first reads Stripe, and the second overtakes it before it saves.
    let overtaken = false;
    const slow = world.with({
      plans: Object.assign(Object.create(world.deps.plans) as typeof world.deps.plans, {
        newest: (planId: string) => world.deps.plans.newest(planId),
        planOfPrices: async (ids: readonly string[]) => {
          if (!overtaken) {
            overtaken = true;
            await world.stripe.subscriptions.cancel(id);
            await convergeSubscription(world.deps, { subscriptionId: id });
          }
          return world.deps.plans.planOfPrices(ids);
        },
      }),
    });
    await convergeSubscription(slow, { subscriptionId: id });
    expect(await localOf(world, 'f-race')).toMatchObject({ version: 2, status: 'CANCELED' });
    expect(await accountOf(world, 'f-race')).toMatchObject({ plan: { id: 'free' }, subscriptionVersion: 2 });
  });

  it('concern a user without an account, it is opened on the plan', async () => {
    const world = await open();
    await world.subscribe(await world.customer('f-nobody'));
    await deliver(world, waiting(world, 'invoice.paid'));
    expect(await accountOf(world, 'f-nobody')).toMatchObject({ version: 1, plan: { id: 'pro' } });
  });

  it('concern a customer without a user, they are accepted and change nothing', async () => {
    const world = await open();
    const { id: customer } = await world.stripe.customers.create({});
    world.simulator.control.setCard(customer, 'works');
    const { id } = await world.subscribe(customer);
    expect(new Set(await deliver(world, waiting(world)))).toEqual(new Set([200]));
    expect(await convergeSubscription(world.deps, { subscriptionId: id })).toEqual({
      code: 'unknown_user',
      isContested: false,
    });
  });

  it('concern two subscriptions of one customer, the better one counts in any order', async () => {
    const world = await open();
    const customer = await world.customer('f-two');
    await world.subscribe(customer);
    await world.advance(1_000);
    const better = await world.subscribe(customer, 'dearer');
    await deliver(world, waiting(world).reverse());
    expect(await localOf(world, 'f-two')).toMatchObject({ subscriptionId: better.id, planId: 'team' });
    await world.stripe.subscriptions.cancel(better.id);
    await deliver(world, waiting(world));
    expect(await localOf(world, 'f-two')).toMatchObject({ planId: 'pro', status: 'ACTIVE' });
  });

  it('are of an unknown type, they are accepted', async () => {
    const world = await open();
    await world.customer('f-type');
    expect(await deliver(world, waiting(world, 'customer.created'))).toEqual([200]);
  });

  it('arrive while Stripe is busy, slow or down, they are refused and retried', async () => {
    const world = await open();
    await world.subscribe(await world.customer('f-busy'));
    const [delivery] = waiting(world, 'customer.subscription.created');
    for (const answer of [429, 500, 'reset'] as const) {
      world.simulator.control.failNext({ response: answer, method: 'GET', retryAfterSeconds: 7, times: 2 });
      expect(
        await deliver(
          world,
          delivery ? waiting(world).filter(({ event }) => event.id === delivery.event.id) : [],
        ),
      ).toEqual([503]);
      world.simulator.control.clearFailures();
      world.simulator.control.repeatEvent(delivery?.event.id ?? '');
    }
    await deliver(world, waiting(world));
    expect(await localOf(world, 'f-busy')).toMatchObject({ status: 'ACTIVE' });
  });

  it('are lost in a crash after the claim, Stripe’s next try is refused while the claim lasts, then it works', async () => {
    const world = await open();
    await world.subscribe(await world.customer('f-crash'));
    const [delivery] = waiting(world, 'customer.subscription.created');
    const eventId = delivery?.event.id ?? '';
    expect(await world.deps.stripeEvents.claim(eventId, 'dead-handler', world.deps.now())).toBe('claimed');
    const tryAgain = async () => {
      const again = waiting(world).filter(({ event }) => event.id === eventId);
      return deliver(world, again.slice(0, 1));
    };
    expect(await tryAgain()).toEqual([503]);
    world.deps.clock.advanceMs(CLAIM_LEASE_MS);
    world.simulator.control.repeatEvent(eventId);
    expect(await tryAgain()).toEqual([200]);
    expect(await localOf(world, 'f-crash')).toMatchObject({ status: 'ACTIVE' });
  });

  it('end in a crash between the save and the account, the next convergence completes it', async () => {
    const world = await open();
    const { id } = await world.subscribe(await world.customer('f-between'));
    const dying = world.with({
      accounts: Object.assign(Object.create(world.deps.accounts) as typeof world.deps.accounts, {
        read: () => Promise.reject(new Error('died')),
      }),
    });
    await expect(convergeSubscription(dying, { subscriptionId: id })).rejects.toThrow('died');
    expect(await localOf(world, 'f-between')).toMatchObject({ version: 1 });
    expect(await convergeSubscription(world.deps, { userId: 'f-between' })).toMatchObject({ changed: true });
    expect(await accountOf(world, 'f-between')).toMatchObject({ plan: { id: 'pro' } });
    expect(world.announced).toHaveLength(1);
  });

  it('report a downgrade below the usage and back, the balance is restored exactly', async () => {
    const world = await open();
    const { id, items } = await world.subscribe(await world.customer('f-down'), 'dearer');
    await convergeSubscription(world.deps, { subscriptionId: id });
    const use = (amount: number) => consume(world.deps, { userId: 'f-down', amounts: units(amount) });
    expect(await use(3_000)).toMatchObject({ code: 'changed' });
    const change = async (price: string) => {
      await world.stripe.subscriptions.update(id, { items: [{ id: items.data[0]?.id ?? '', price }] });
      await convergeSubscription(world.deps, { subscriptionId: id });
    };
    await change(world.prices.monthly);
    expect(counterOf(await accountOf(world, 'f-down'))).toMatchObject({
      limit: 1_000,
      used: 3_000,
      remaining: -2_000,
    });
    expect(await use(1)).toMatchObject({ code: 'denied', denial: { code: 'exceeded' } });
    await change(world.prices.dearer);
    expect(counterOf(await accountOf(world, 'f-down'))).toMatchObject({
      limit: 5_000,
      used: 3_000,
      remaining: 2_000,
    });
  });

  it('report a downgrade while units are held, the reservation still settles', async () => {
    const world = await open();
    const userId = 'f-held';
    const { id, items } = await world.subscribe(await world.customer(userId), 'dearer');
    await convergeSubscription(world.deps, { subscriptionId: id });
    const { reservationId } = await reserve(world.deps, { userId, amounts: units(4_000), ttlSeconds: 600 });
    await world.stripe.subscriptions.update(id, {
      items: [{ id: items.data[0]?.id ?? '', price: world.prices.monthly }],
    });
    await convergeSubscription(world.deps, { subscriptionId: id });
    const balance = async () => counterOf(await accountOf(world, userId));
    expect(await balance()).toMatchObject({ limit: 1_000, held: 4_000, remaining: -3_000 });
    await settleReservation(world.deps, { userId, reservationId, amount: 300 });
    expect(await balance()).toMatchObject({ used: 300, held: 0, remaining: 700 });
  });

  it('report past due and paid again, the plan is kept in grace and for good afterwards', async () => {
    const world = await open();
    const customer = await world.customer('f-due');
    const { id } = await world.subscribe(customer);
    world.simulator.control.setCard(customer, 'declines');
    await world.advance(29 * DAY_MS);
    await convergeSubscription(world.deps, { subscriptionId: id });
    expect(await localOf(world, 'f-due')).toMatchObject({ status: 'PAST_DUE' });
    world.simulator.control.setCard(customer, 'works');
    const unpaid = world.simulator.invoices().find(({ status }) => status === 'open');
    await world.stripe.invoices.pay(unpaid?.id ?? '');
    await deliver(world, waiting(world));
    expect(await localOf(world, 'f-due')).toMatchObject({ status: 'ACTIVE', graceEndsAt: null });
    const outcomes = (await world.deps.subscriptions.payments('f-due', 10)).items.map(
      ({ outcome }) => outcome,
    );
    expect(outcomes.sort()).toEqual(['failed', 'paid', 'paid']);
  });

  it('report that the customer was deleted, the subscription has ended', async () => {
    const world = await open();
    const customer = await world.customer('f-gone');
    await world.subscribe(customer);
    await deliver(world, waiting(world));
    await world.stripe.customers.del(customer);
    await deliver(world, waiting(world, 'customer.deleted'));
    expect(await localOf(world, 'f-gone')).toMatchObject({ status: 'CANCELED' });
    expect(await accountOf(world, 'f-gone')).toMatchObject({ plan: { id: 'free' } });
  });

  it('report a renewal, the billing cycle’s counter follows Stripe’s period', async () => {
    const world = await open();
    const { id } = await world.subscribe(await world.customer('f-renewed'));
    await convergeSubscription(world.deps, { subscriptionId: id });
    await consume(world.deps, { userId: 'f-renewed', amounts: units(10) });
    await world.advance(40 * DAY_MS);
    await deliver(world, waiting(world));
    const local = await localOf(world, 'f-renewed');
    expect(counterOf(await accountOf(world, 'f-renewed'))).toMatchObject({
      used: 0,
      lifetime: 10,
      periodStart: local?.currentPeriodStart,
      periodEnd: local?.currentPeriodEnd,
    });
  });

  it('never arrive, the sync finds the changes', async () => {
    const world = await open();
    await world.subscribe(await world.customer('f-lost'));
    world.simulator.control.dropDeliveries(waiting(world));
    const counts = await syncSubscriptions(world.deps, { force: true, mayContinue: always });
    expect(counts).toMatchObject({ changed: 1, failed: 0, complete: true });
    expect(await localOf(world, 'f-lost')).toMatchObject({ status: 'ACTIVE' });
    expect((await world.deps.subscriptions.payments('f-lost', 10)).items).toHaveLength(1);
  });
});
