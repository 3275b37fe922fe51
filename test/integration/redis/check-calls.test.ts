import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { USAGE_CACHE } from '../../../shared/adapters/cache/cache-kinds.ts';
import { usageCacheId } from '../../../shared/domain/rollup.ts';
import { projectChanges } from '../../../shared/usecases/ledger/project-changes.ts';
import { setUserPlan } from '../../../shared/usecases/plans/set-user-plan.ts';
import { check } from '../../../shared/usecases/quota/check.ts';
import { consume } from '../../../shared/usecases/quota/consume.ts';
import type { Freshness } from '../../../shared/usecases/quota/read-account.ts';
import { readUsage } from '../../../shared/usecases/reports/read-usage.ts';
import { type CachedEnvironment, cachedEnvironment, stored } from '../../support/caches.ts';
import { meterRequests } from '../../support/request-meter.ts';
import { createTestService, type TestService } from '../../support/service.ts';

let service: TestService;
let meter: ReturnType<typeof meterRequests>;
beforeAll(async () => {
  service = await createTestService();
  meter = meterRequests(service.table.documentClient);
});
afterAll(() => service.table.drop());

const amounts = new Map([['aiRequest', 1]]);
const use = (userId: string, amount: number) =>
  consume(service, { userId, amounts: new Map([['aiRequest', amount]]) });

/** Sets the default plan, which still counts as a change. */
const changePlan = async ({ quota, usageOfDays }: CachedEnvironment, userId: string) => {
  const deps = { ...service, quotaCache: quota, usageCache: usageOfDays };
  expect(await setUserPlan(deps, { userId, planId: 'free' })).toMatchObject({ code: 'changed' });
};

/** The calls of a check to the table and Redis, and the source of its answer. */
async function checkOnce(environment: CachedEnvironment, userId: string) {
  meter.take();
  const before = environment.redis.counters.calls;
  const { account, cached } = await check(environment.reads, { userId, amounts });
  const reads = meter.take().map(({ command }) => command);
  return { version: account.version, cached, reads, calls: environment.redis.counters.calls - before };
}

describe('a check', () => {
  test('cold: one read and two calls, a lookup and a fill; from Redis: one call; from memory: none', async () => {
    const userId = randomUUID();
    await use(userId, 1);
    const [a, b] = [cachedEnvironment(service), cachedEnvironment(service)];
    const cold = { version: 1, cached: false, reads: ['GetItemCommand'], calls: 2 };
    expect(await checkOnce(a, userId)).toEqual(cold);
    expect(await checkOnce(b, userId)).toEqual({ version: 1, cached: true, reads: [], calls: 1 });
    expect(await checkOnce(b, userId)).toEqual({ version: 1, cached: true, reads: [], calls: 0 });
  });

  test('of an unknown user: once the plan is cached, the same', async () => {
    const [a, b] = [cachedEnvironment(service), cachedEnvironment(service)];
    await check(a.reads, { userId: randomUUID(), amounts });
    const userId = randomUUID();
    const cold = { version: 0, cached: false, reads: ['GetItemCommand'], calls: 2 };
    expect(await checkOnce(a, userId)).toEqual(cold);
    await check(b.reads, { userId: randomUUID(), amounts });
    expect(await checkOnce(b, userId)).toEqual({ version: 0, cached: true, reads: [], calls: 1 });
  });

  test('after the projector has run reads its entry, though no check filled it', async () => {
    const userId = randomUUID();
    await use(userId, 3);
    await projectChanges(cachedEnvironment(service), await service.stream.changes());
    expect(await checkOnce(cachedEnvironment(service), userId)).toEqual({
      version: 1,
      cached: true,
      reads: [],
      calls: 1,
    });
  });

  test('after a plan change is answered from Redis, by the new plan, and never from memory by the old', async () => {
    const userId = randomUUID();
    await use(userId, 1);
    const [a, b] = [cachedEnvironment(service), cachedEnvironment(service)];
    await checkOnce(a, userId);
    await changePlan(a, userId);
    expect(await checkOnce(a, userId)).toMatchObject({ cached: true, version: 2, reads: [], calls: 0 });
    expect(await checkOnce(b, userId)).toMatchObject({ cached: true, version: 2, reads: [], calls: 1 });
  });
});

describe('usage', () => {
  test("is cached, and the projector increments today's figure, once per version", async () => {
    const userId = randomUUID();
    const today = new Date(service.now()).toISOString().slice(0, 10);
    const projector = cachedEnvironment(service);
    const project = async () => {
      const changes = await service.stream.changes();
      await projectChanges(
        projector,
        changes.filter(({ after }) => after.userId === userId),
      );
    };
    /** As read by an environment with empty memory. */
    const usedToday = async () => {
      meter.take();
      const environment = cachedEnvironment(service);
      const deps = { ...environment, usageCache: environment.usageOfDays };
      const { days } = await readUsage(deps, userId, 'aiRequest', { from: today, to: today });
      return { used: days[0]?.used, reads: meter.take().length };
    };
    await use(userId, 5);
    await project();
    expect(await usedToday()).toEqual({ used: 5, reads: 1 });
    expect(await usedToday()).toEqual({ used: 5, reads: 0 });
    // Given the first one again, and the second.
    const projected = (await service.stream.changes()).length;
    await use(userId, 7);
    const changes = (await service.stream.changes())
      .slice(projected)
      .filter((c) => c.after.userId === userId);
    await projectChanges(projector, changes);
    await projectChanges(projector, changes);
    expect((await usedToday()).used).toBe(12);
    await project();
    expect((await usedToday()).used).toBe(12);
  });

  test('of a version the cache lacks is read from the table, as far as the projector has written it', async () => {
    const [userId, environment] = [randomUUID(), cachedEnvironment(service)];
    const today = new Date(service.now()).toISOString().slice(0, 10);
    const deps = { ...environment, usageCache: environment.usageOfDays };
    const read = async (freshness: Freshness = {}) => {
      const question = { from: today, to: today, ...freshness };
      const { days, version, cached } = await readUsage(deps, userId, 'aiRequest', question);
      return { used: days[0]?.used, version, cached };
    };
    await use(userId, 5);
    await projectChanges(service, await service.stream.changes());
    expect(await read()).toEqual({ used: 5, version: 1, cached: false });
    await use(userId, 7);
    expect(await read({ minVersion: 1 })).toEqual({ used: 5, version: 1, cached: true });
    // The second is not projected.
    expect(await read({ minVersion: 2 })).toEqual({ used: 5, version: 1, cached: false });
    await projectChanges(service, await service.stream.changes());
    expect(await read()).toEqual({ used: 5, version: 1, cached: true });
    expect(await read({ minVersion: 2 })).toEqual({ used: 12, version: 2, cached: false });
    expect(await read({ minVersion: 2 })).toEqual({ used: 12, version: 2, cached: true });
    expect(await read({ consistent: true })).toEqual({ used: 12, version: 2, cached: false });
  });

  test('is dropped by a plan change, and an earlier load is not cached any more', async () => {
    const [userId, environment] = [randomUUID(), cachedEnvironment(service)];
    const today = new Date(service.now()).toISOString().slice(0, 10);
    const id = usageCacheId(userId, 'aiRequest');
    await use(userId, 5);
    await projectChanges(service, await service.stream.changes());
    const deps = { ...environment, usageCache: environment.usageOfDays };
    const reading = () => readUsage(deps, userId, 'aiRequest', { from: today, to: today });
    await reading();
    expect((await stored(USAGE_CACHE.keyOf(id))).fields).toMatchObject({ v: '1', n: '5' });
    await changePlan(environment, userId);
    const { fields } = await stored(USAGE_CACHE.keyOf(id));
    expect(fields.v).toBe('2');
    expect(fields.x).toBeUndefined();
    const late = { value: [], version: 1, asOf: 0, figure: { about: today, count: 0 } };
    expect(await cachedEnvironment(service).usageOfDays.put(id, late)).toBe(false);
    expect((await reading()).days[0]?.used).toBe(5);
  });
});
