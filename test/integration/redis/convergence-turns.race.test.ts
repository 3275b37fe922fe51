import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type LockEvent, RedisLock } from '../../../shared/adapters/lock/redis-lock.ts';
import { withLock } from '../../../shared/adapters/lock/with-lock.ts';
import { noRedis, type Redis } from '../../../shared/adapters/redis/redis.ts';
import { RedisClient } from '../../../shared/adapters/redis/redis-client.ts';
import type { RunExclusiveDeps } from '../../../shared/usecases/retry/run-exclusive.ts';
import { convergeSubscription } from '../../../shared/usecases/subscriptions/converge-subscription.ts';
import { createServiceWithPaidPlans } from '../../support/paid-plans.ts';
import { createTestRedis, startFragileRedis, uniqueName } from '../../support/redis.ts';
import type { TestService } from '../../support/service.ts';
import { createStripeService, type StripeService } from '../../support/stripe-service.ts';

const AT_ONCE = 6;

describe('concurrent convergences of one subscription', () => {
  let service: TestService;
  let seed = 900;
  beforeAll(async () => {
    service = await createServiceWithPaidPlans();
  });
  afterAll(() => service.table.drop());

  const over = (redis: Redis, events: LockEvent[] = []): RunExclusiveDeps => ({
    withLock: (resource, work, options) =>
      withLock({ redis, observe: (event) => events.push(event) }, resource, work, options),
  });

  /** Six environments converge a new subscription; the counts of calls to Stripe and of published events. */
  async function convergeAtOnce(environment: () => RunExclusiveDeps, stripeTakesMs: number) {
    const world = await createStripeService(service, { seed: ++seed });
    const userId = uniqueName('user');
    const customerId = await world.customer(userId);
    await world.subscribe(customerId);
    await world.deps.subscriptions.addCustomer(userId, customerId);
    world.simulator.control.forgetCalls();
    const outcomes = await Promise.all(
      Array.from({ length: AT_ONCE }, () =>
        convergeSubscription(slowly(world, environment(), stripeTakesMs), { userId }),
      ),
    );
    // One read is a list of the customer's subscriptions; their invoices come with it.
    const calls = world.simulator.control.calls().filter(({ path }) => path === '/v1/subscriptions').length;
    for (const outcome of outcomes) {
      expect(outcome).toMatchObject({ code: 'converged', account: { plan: { id: 'pro' } } });
    }
    expect((await world.deps.subscriptions.history(userId, 10)).items).toHaveLength(1);
    expect(world.announced.length).toBeGreaterThanOrEqual(1);
    return calls;
  }

  /** A slow Stripe, so that all concurrent reads happen before the first save. */
  function slowly(world: StripeService, deps: RunExclusiveDeps, ms: number) {
    const subscriptionsOf: StripeService['deps']['stripe']['subscriptionsOf'] = async (customerId) => {
      const found = await world.deps.stripe.subscriptionsOf(customerId);
      await sleep(ms);
      return found;
    };
    const { stripe } = world.deps;
    return world.with({ ...deps, stripe: Object.assign(Object.create(stripe), { subscriptionsOf }) });
  }

  test('are serialized: one read of Stripe each, where all but one would read twice', async () => {
    const concurrent = await convergeAtOnce(() => over(noRedis), 300);
    const inTurn = await convergeAtOnce(() => over(createTestRedis()), 30);
    // Concurrent 11, serialized 6; a machine under load may start one or two late.
    expect(concurrent).toBeGreaterThanOrEqual(2 * AT_ONCE - 3);
    expect(inTurn).toBeLessThanOrEqual(AT_ONCE + 1);
  });

  test('wait at most 3 s for the lock of a dead holder, and converge', async () => {
    const [userId, events] = [uniqueName('user'), [] as LockEvent[]];
    const world = await createStripeService(service, { seed: ++seed });
    const customerId = await world.customer(userId);
    await world.subscribe(customerId);
    const died = new RedisLock({ redis: createTestRedis() }, `subscription:${userId}`, { ttlMs: 25_000 });
    expect(await died.acquire()).toMatchObject({ code: 'acquired' });
    const deps = world.with(over(createTestRedis(), events));
    expect(await convergeSubscription(deps, { customerId })).toMatchObject({ code: 'converged', userId });
    expect(events.map(({ event }) => event)).toEqual(['contended', 'timed_out']);
    expect(await died.release()).toBe('released');
  });

  test('run concurrently when Redis hangs, within their time', async () => {
    const fragile = await startFragileRedis();
    try {
      await fragile.hang(20_000);
      const clients: RedisClient[] = [];
      const calls = await convergeAtOnce(() => {
        const client = new RedisClient(fragile);
        clients.push(client);
        return over(client);
      }, 30);
      expect(calls).toBeGreaterThanOrEqual(AT_ONCE);
      // The breaker ends the tries for the lock.
      for (const { counters } of clients) expect(counters.calls).toBeLessThanOrEqual(3);
    } finally {
      await fragile.stop();
    }
  });

  test('of other users do not wait', async () => {
    const events: LockEvent[] = [];
    const world = await createStripeService(service, { seed: ++seed });
    const userIds = Array.from({ length: 4 }, () => uniqueName('user'));
    for (const userId of userIds) await world.subscribe(await world.customer(userId));
    const customers = world.simulator.subscriptions().map(({ customer }) => String(customer));
    await Promise.all(
      customers.map((customerId) =>
        convergeSubscription(world.with(over(createTestRedis(), events)), { customerId }),
      ),
    );
    expect(events.map(({ event }) => event)).toEqual(userIds.map(() => 'acquired'));
  });
});
