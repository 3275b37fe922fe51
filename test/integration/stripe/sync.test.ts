import { setTimeout as sleep } from 'node:timers/promises';
import Stripe from 'stripe';
import { describe, expect, it } from 'vitest';
import { StripeGateway } from '../../../shared/adapters/stripe/stripe-gateway.ts';
import {
  type SyncRequest,
  syncSubscriptions,
} from '../../../shared/usecases/subscriptions/sync-subscriptions.ts';
import { DAY_MS, type StripeService, useStripeServices } from '../../support/stripe-service.ts';

const HOUR_MS = 3_600_000;
const always = () => true;

describe('the sync', () => {
  const openAnother = useStripeServices();
  let world: StripeService;

  /** Each Stripe account has its own cursor; here they share a table. */
  const open = async () => {
    world = await openAnother();
    const known = await world.deps.stripeEvents.cursor();
    if (known) {
      const { version } = known;
      await world.deps.stripeEvents.saveCursor({
        version: version + 1,
        eventsBefore: world.deps.now(),
        walkedAt: 0,
      });
    }
    return world;
  };
  const sync = (request: Partial<SyncRequest> = {}) =>
    syncSubscriptions(world.deps, { mayContinue: always, ...request });
  const seedMany = (count: number, prefix: string) => {
    world.simulator.control.seedSubscriptions({
      count,
      price: world.prices.monthly,
      metadata: (index) => ({ userId: `${prefix}-${index}` }),
    });
  };
  const listCalls = (path = '') =>
    world.simulator.control
      .calls()
      .filter(({ method, path: called }) => method === 'GET' && called.startsWith(`/v1/${path}`)).length;
  const pass = async (ms: number) => {
    await world.advance(ms);
    world.simulator.control.dropDeliveries(world.simulator.control.pendingDeliveries());
  };

  it('of all finds an unpaid change that a later one hides, also without an event', async () => {
    const { simulator, deps, customer: create, subscribe, changePrice } = await open();
    const customer = await create('s-hidden');
    const { id } = await subscribe(customer, 'dearer');
    expect(await sync({ force: true })).toMatchObject({ changed: 1, complete: true });
    await changePrice(id, 'monthly');
    simulator.control.setCard(customer, 'declines');
    await changePrice(id, 'yearly');
    await changePrice(id, 'dearer');
    await pass(DAY_MS);
    expect(simulator.subscription(id)?.status).toBe('active');
    expect(await deps.subscriptions.read('s-hidden')).toMatchObject({ status: 'ACTIVE' });
    const cursor = await deps.stripeEvents.cursor();
    await deps.stripeEvents.saveCursor({
      version: (cursor?.version ?? 0) + 1,
      eventsBefore: world.deps.now(),
      walkedAt: 0,
    });
    expect(await sync({ force: true })).toMatchObject({ changed: 1, drifted: 1, complete: true });
    expect(await deps.subscriptions.read('s-hidden')).toMatchObject({
      status: 'PAST_DUE',
      paidPlanId: 'pro',
    });
    expect(await sync({ force: true })).toMatchObject({ changed: 0 });
  });

  it('of all records a customer that no event named, though a better subscription was known before', async () => {
    const { stripe, simulator, deps, customer: create, subscribe } = await open();
    const { id } = await subscribe(await create('s-second'), 'dearer');
    expect(await sync({ force: true })).toMatchObject({ changed: 1, complete: true });
    const second = await create('s-second');
    simulator.control.setCard(second, 'declines');
    const { id: unpaid } = await subscribe(second, 'monthly');
    expect(simulator.subscription(unpaid)?.status).toBe('incomplete');
    await stripe.subscriptions.cancel(id);
    await pass(HOUR_MS);
    const cursor = await deps.stripeEvents.cursor();
    await deps.stripeEvents.saveCursor({
      version: (cursor?.version ?? 0) + 1,
      eventsBefore: world.deps.now(),
      walkedAt: 0,
    });
    expect(await sync({ force: true })).toMatchObject({ complete: true });
    expect(await deps.subscriptions.read('s-second')).toMatchObject({ subscriptionId: unpaid });
    expect(await sync({ force: true })).toMatchObject({ changed: 0 });
  });

  it('of all makes one call per hundred without changes, hourly one without events', async () => {
    await open();
    seedMany(150, 's-many');
    expect(await sync()).toMatchObject({
      checked: 150,
      changed: 150,
      drifted: 150,
      failed: 0,
      complete: true,
    });
    world.simulator.control.forgetCalls();
    expect(await sync({ force: true })).toMatchObject({
      checked: 150,
      changed: 0,
      drifted: 0,
      complete: true,
    });
    expect(listCalls()).toBe(3);
    world.simulator.control.forgetCalls();
    await pass(HOUR_MS);
    expect(await sync()).toMatchObject({ checked: 0, changed: 0, complete: true });
    expect(listCalls()).toBeLessThanOrEqual(2);
  });

  it('makes no further call for users who stay past due', async () => {
    await open();
    seedMany(3, 's-due');
    for (const { id } of world.simulator.customers()) world.simulator.control.setCard(id, 'declines');
    await pass(32 * DAY_MS);
    await sync({ force: true });
    const before = await world.deps.subscriptions.read('s-due-0');
    expect(before).toMatchObject({ status: 'PAST_DUE', graceEndsAt: expect.any(Number) });
    await pass(HOUR_MS);
    world.simulator.control.forgetCalls();
    expect(await sync({ force: true })).toMatchObject({ checked: 3, changed: 0, complete: true });
    expect(listCalls()).toBe(2);
    expect(await world.deps.subscriptions.read('s-due-0')).toEqual(before);
  });

  it('hourly costs what changed', async () => {
    await open();
    seedMany(30, 's-few');
    await sync();
    await pass(HOUR_MS);
    const [first] = world.simulator.subscriptions();
    await world.stripe.subscriptions.update(first?.id ?? '', { cancel_at_period_end: true });
    world.simulator.control.forgetCalls();
    expect(await sync()).toMatchObject({ checked: 1, changed: 1, drifted: 0 });
    // Events, their subscriptions' owners and lists, and each time the invoices of the running one.
    expect(listCalls()).toBeLessThanOrEqual(5);
    world.simulator.control.forgetCalls();
    expect(await sync()).toMatchObject({ checked: 0 });
    expect(listCalls()).toBe(1);
  });

  it('that runs out of time is continued', async () => {
    await open();
    seedMany(110, 's-time');
    let left = 7;
    expect((await sync({ mayContinue: () => left-- > 0 })).complete).toBe(false);
    expect((await world.deps.stripeEvents.cursor())?.walk).toBeDefined();
    world.simulator.control.forgetCalls();
    expect(await sync()).toMatchObject({ failed: 0, complete: true });
    expect(listCalls('subscriptions')).toBeLessThan(300);
    expect(await sync({ force: true })).toMatchObject({ checked: 110, changed: 0, complete: true });
  });

  it('under 429, 500 and cut connections in the middle skips nothing', async () => {
    await open();
    seedMany(40, 's-faults');
    const { control } = world.simulator;
    control.failNext({ response: 429, times: 5, after: 3, retryAfterSeconds: 2 });
    control.failNext({ response: 500, times: 3, after: 20 });
    control.failNext({ response: 'reset', times: 3, after: 30 });
    expect(await sync()).toMatchObject({ checked: 40, changed: 40, failed: 0, complete: true });
  });

  it('under a Stripe that times out retries, and skips nothing', async () => {
    await open();
    seedMany(25, 's-slow');
    const { fetch: answer } = world.simulator;
    const orGivenUp: typeof fetch = (input, init) =>
      Promise.race([
        answer(input, init),
        new Promise<never>((_, reject) => {
          init?.signal?.addEventListener('abort', () => reject(init.signal?.reason));
        }),
      ]);
    const impatient = new Stripe(world.simulator.secretKey, {
      httpClient: Stripe.createFetchHttpClient(orGivenUp),
      maxNetworkRetries: 0,
      telemetry: false,
      timeout: 1_000,
    });
    const { now, sleep } = world.deps;
    const stripe = new StripeGateway({ client: async () => impatient, now, sleep, callsPerSecond: 1e6 });
    for (const after of [0, 5, 15])
      world.simulator.control.failNext({ delayMs: 4_000, after, method: 'GET' });
    const counts = await syncSubscriptions(world.with({ stripe }), { mayContinue: always });
    expect(counts).toMatchObject({ checked: 25, changed: 25, failed: 0, complete: true });
    world.simulator.control.clearFailures();
  });

  it('works on at most twenty at a time', async () => {
    await open();
    seedMany(50, 's-many-at-once');
    let [running, most] = [0, 0];
    const full = Promise.withResolvers<void>();
    const { stripe } = world.deps;
    const counting = new Proxy(stripe, {
      get: (_, name) => {
        const value: unknown = Reflect.get(stripe, name);
        if (typeof value !== 'function') return value;
        return async (...args: unknown[]) => {
          running += 1;
          most = Math.max(most, running);
          if (running === 20) full.resolve();
          // None ends before all permitted ones have begun.
          await Promise.race([full.promise, sleep(5_000)]);
          return Promise.resolve(value.apply(stripe, args)).finally(() => {
            running -= 1;
          });
        };
      },
    });
    const counts = await syncSubscriptions(world.with({ stripe: counting }), { mayContinue: always });
    expect(counts).toMatchObject({ changed: 50, complete: true });
    expect(most).toBe(20);
  });

  it('continues past a failing one, and returns to it', async () => {
    await open();
    seedMany(25, 's-one');
    const broken = world.simulator.subscriptions()[7];
    const subscriptionsOf = world.deps.stripe.subscriptionsOf.bind(world.deps.stripe);
    const failing = world.with({
      stripe: Object.assign(Object.create(world.deps.stripe) as typeof world.deps.stripe, {
        subscriptionsOf: (id: string) =>
          id === broken?.customer ? Promise.reject(new Error('no')) : subscriptionsOf(id),
        ...Object.fromEntries(
          (['subscription', 'customer', 'pageOfEvents', 'pageOfSubscriptions'] as const).map((name) => [
            name,
            world.deps.stripe[name].bind(world.deps.stripe),
          ]),
        ),
      }),
    });
    expect(await syncSubscriptions(failing, { mayContinue: always })).toMatchObject({
      changed: 24,
      failed: 1,
      complete: false,
    });
    expect(await sync()).toMatchObject({ changed: 1, failed: 0, complete: true });
  });

  it('whose cursor is older than events are kept walks through all', async () => {
    await open();
    seedMany(5, 's-old');
    await sync();
    const [first] = world.simulator.subscriptions();
    await world.stripe.subscriptions.cancel(first?.id ?? '');
    await pass(31 * DAY_MS);
    expect(await sync()).toMatchObject({ failed: 0, complete: true });
    expect(await world.deps.subscriptions.read('s-old-0')).toMatchObject({ status: 'CANCELED' });
  });

  it('whose walk was cut short longer ago than events are kept walks through all again', async () => {
    await open();
    seedMany(150, 's-stale');
    await sync();
    world.simulator.control.forgetCalls();
    const isOnFirstPage = () => listCalls('subscriptions') === 0;
    expect(await sync({ force: true, mayContinue: isOnFirstPage })).toMatchObject({
      checked: 100,
      complete: false,
    });
    const newest = world.simulator.subscriptions().find(({ metadata }) => metadata.userId === 's-stale-149');
    await world.stripe.subscriptions.cancel(newest?.id ?? '');
    await pass(31 * DAY_MS);
    expect(await sync()).toMatchObject({ failed: 0, complete: true });
    expect(await world.deps.subscriptions.read('s-stale-149')).toMatchObject({ status: 'CANCELED' });
  });

  it('of one user reads that user alone', async () => {
    await open();
    seedMany(3, 's-user');
    await sync();
    await world.stripe.subscriptions.cancel(world.simulator.subscriptions()[1]?.id ?? '');
    world.simulator.control.forgetCalls();
    expect(await sync({ userId: 's-user-1' })).toMatchObject({ checked: 1, changed: 1 });
    // Two of them search for what no event has led to.
    expect(listCalls()).toBe(3);
  });

  it('of one user without a subscription, or an unknown one, changes nothing', async () => {
    await open();
    await world.deps.subscriptions.addCustomer('s-customer', await world.customer('s-customer'));
    for (const userId of ['s-customer', 's-nobody']) {
      world.simulator.control.forgetCalls();
      expect(await sync({ userId })).toEqual({
        checked: 1,
        changed: 0,
        failed: 0,
        drifted: 0,
        unknownUsers: 0,
        contested: 0,
        severalSubscriptions: 0,
        noSubscription: 1,
        unknownPrices: [],
        complete: true,
      });
      // Besides the two searches, Stripe is called only for a known customer.
      expect(listCalls()).toBe(userId === 's-customer' ? 3 : 2);
      expect(await world.deps.subscriptions.read(userId)).toBeUndefined();
      expect(await world.deps.accounts.read(userId, { consistent: true })).toBeUndefined();
    }
  });

  it('that is forced walks through all although a walk was made just now; otherwise it does not', async () => {
    await open();
    seedMany(3, 's-forced');
    await sync();
    for (const [force, walks] of [
      [false, 0],
      [true, 1],
    ] as const) {
      world.simulator.control.forgetCalls();
      expect(await sync({ force })).toMatchObject({ checked: 3 * walks, changed: 0, complete: true });
      expect(listCalls('subscriptions')).toBe(walks);
    }
  });
});
