import { afterAll, beforeAll, expect, test } from 'vitest';
import { QUOTA_CACHE, USAGE_CACHE } from '../../../shared/adapters/cache/cache-kinds.ts';
import { SUBSCRIPTION_CACHE } from '../../../shared/adapters/cache/subscription-cache-kinds.ts';
import { VersionedCache } from '../../../shared/adapters/cache/versioned-cache.ts';
import { noRedis, type Redis } from '../../../shared/adapters/redis/redis.ts';
import { usageCacheId } from '../../../shared/domain/rollup.ts';
import type { Freshness } from '../../../shared/usecases/quota/read-account.ts';
import { convergeSubscription } from '../../../shared/usecases/subscriptions/converge-subscription.ts';
import { readSubscription } from '../../../shared/usecases/subscriptions/read-subscription.ts';
import { cacheDeps, stored } from '../../support/caches.ts';
import { createServiceWithPaidPlans } from '../../support/paid-plans.ts';
import { createTestRedis, uniqueName } from '../../support/redis.ts';
import { meterRequests } from '../../support/request-meter.ts';
import { createStripeService, type StripeService } from '../../support/stripe-service.ts';

let world: StripeService;
let meter: ReturnType<typeof meterRequests>;
beforeAll(async () => {
  world = await createStripeService(await createServiceWithPaidPlans());
  meter = meterRequests(world.deps.table.documentClient);
});
afterAll(() => world.deps.table.drop());

/** One environment that reads and converges. */
function environment(over?: Redis) {
  const redis = createTestRedis();
  const { now } = world.deps;
  const subscriptionCache = new VersionedCache(cacheDeps({ redis: over ?? redis, now }), SUBSCRIPTION_CACHE);
  const deps = { subscriptions: world.deps.subscriptions, subscriptionCache, now };
  return {
    redis,
    subscriptionCache,
    /** Its result, and the calls to the table and to Redis. */
    async read(userId: string, freshness: Freshness = {}) {
      meter.take();
      const before = redis.counters.calls;
      const { subscription, cached } = await readSubscription(deps, userId, freshness);
      return { subscription, cached, reads: meter.take().length, calls: redis.counters.calls - before };
    },
    converge: (userId: string) => convergeSubscription(world.with({ subscriptionCache }), { userId }),
  };
}

/** A user who has subscribed at Stripe, in no cache. */
async function subscriber() {
  const userId = uniqueName('user');
  const customerId = await world.customer(userId);
  const { id } = await world.subscribe(customerId);
  await convergeSubscription(world.deps, { customerId });
  return { userId, subscriptionId: id };
}

test('the key is user:subscription:{userId}, for five minutes', async () => {
  const { userId } = await subscriber();
  await environment().read(userId);
  const { fields, ttlMs } = await stored(`user:subscription:${userId}`);
  expect(fields.v).toBe('1');
  expect(JSON.parse(fields.x ?? '')).toMatchObject({ userId, planId: 'pro', version: 1 });
  expect(ttlMs).toBeGreaterThan(290_000);
  expect(ttlMs).toBeLessThanOrEqual(300_000);
});

test('is read from memory, else Redis, else the table', async () => {
  const { userId } = await subscriber();
  const [a, b] = [environment(), environment()];
  const cold = await a.read(userId);
  expect(cold).toMatchObject({
    subscription: { planId: 'pro', version: 1 },
    reads: 1,
    calls: 2,
    cached: false,
  });
  const warm = { ...cold, cached: true, reads: 0 };
  expect(await a.read(userId)).toEqual({ ...warm, calls: 0 });
  expect(await b.read(userId)).toEqual({ ...warm, calls: 1 });
  expect(await b.read(userId)).toEqual({ ...warm, calls: 0 });
});

test.each<[string, Freshness]>([
  ['consistent', { consistent: true }],
  ['minVersion', { minVersion: 2 }],
])('%s reads a save that did not reach the cache', async (_, freshness) => {
  const [{ userId, subscriptionId }, a] = [await subscriber(), environment()];
  await a.read(userId);
  await world.stripe.subscriptions.update(subscriptionId, { cancel_at_period_end: true });
  await convergeSubscription(world.deps, { userId });
  expect(await a.read(userId)).toMatchObject({ subscription: { version: 1 }, cached: true });
  const fresh = { subscription: { version: 2, cancelAtPeriodEnd: true }, cached: false, reads: 1 };
  expect(await a.read(userId, freshness)).toMatchObject(fresh);
  // And the next reader has it too.
  expect(await environment().read(userId)).toMatchObject({ subscription: { version: 2 }, cached: true });
});

test('after a convergence every reader gets Stripe’s change, though another state was cached', async () => {
  const { userId, subscriptionId } = await subscriber();
  await environment().read(userId);
  await world.stripe.subscriptions.update(subscriptionId, { cancel_at_period_end: true });
  await environment().converge(userId);
  const { subscription, reads } = await environment().read(userId);
  expect(subscription).toMatchObject({ version: 2, cancelAtPeriodEnd: true });
  expect(reads).toBe(0);
});

test('a cached "none" is not returned once there is one', async () => {
  const [userId, a, b] = [uniqueName('user'), environment(), environment()];
  expect((await a.read(userId)).subscription).toBeUndefined();
  const customerId = await world.customer(userId);
  await world.subscribe(customerId);
  await convergeSubscription(world.with({ subscriptionCache: b.subscriptionCache }), { customerId });
  expect(await environment().read(userId)).toMatchObject({ subscription: { version: 1 }, reads: 0 });
});

test('a fill loaded before a change loses against it', async () => {
  const { userId, subscriptionId } = await subscriber();
  const old = await world.deps.subscriptions.read(userId);
  await world.stripe.subscriptions.update(subscriptionId, { cancel_at_period_end: true });
  await environment().converge(userId);
  expect(await environment().subscriptionCache.put(userId, { value: old, version: 1, asOf: 0 })).toBe(false);
  expect((await environment().read(userId)).subscription).toMatchObject({ version: 2 });
});

test('without Redis it is read from the table, by every environment', async () => {
  const { userId } = await subscriber();
  for (let count = 0; count < 2; count += 1) {
    expect(await environment(noRedis).read(userId)).toMatchObject({ subscription: { version: 1 }, reads: 1 });
  }
});

test('a subscription change leaves no outdated cache entry of its user', async () => {
  const [userId, usageId] = [uniqueName('user'), (feature: string) => usageCacheId(userId, feature)];
  const deps = cacheDeps({ now: world.deps.now });
  const quotaCache = new VersionedCache(deps, QUOTA_CACHE);
  const usageCache = new VersionedCache(deps, USAGE_CACHE);
  await quotaCache.put(userId, { value: undefined, version: 0, asOf: 0 });
  await usageCache.put(usageId('aiRequest'), { value: [], version: 0, asOf: 0 });
  const customerId = await world.customer(userId);
  await world.subscribe(customerId);
  await convergeSubscription(world.with({ quotaCache, usageCache }), { customerId });
  const quota = await new VersionedCache(deps, QUOTA_CACHE).read(userId, () => Promise.reject());
  expect(quota).toMatchObject({ from: 'l2', version: 1, value: { plan: { id: 'pro' } } });
  const { fields } = await stored(USAGE_CACHE.keyOf(usageId('aiRequest')));
  expect(fields).toEqual(expect.objectContaining({ v: '1' }));
  expect(fields.x).toBeUndefined();
});
