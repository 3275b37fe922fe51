import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { setUserPlan } from '../../shared/usecases/plans/set-user-plan.ts';
import { check } from '../../shared/usecases/quota/check.ts';
import { consume } from '../../shared/usecases/quota/consume.ts';
import { DENIAL_CACHE } from '../../shared/usecases/quota/denial-cache.ts';
import { grantQuota } from '../../shared/usecases/quota/grant-quota.ts';
import { readQuota } from '../../shared/usecases/quota/read-quota.ts';
import { release } from '../../shared/usecases/quota/release.ts';
import { reserve } from '../../shared/usecases/quota/reserve.ts';
import { resetQuota } from '../../shared/usecases/quota/reset-quota.ts';
import { settleReservation } from '../../shared/usecases/quota/settle-reservation.ts';
import { meterRequests } from '../support/request-meter.ts';
import { counterOf, units } from '../support/sample-account.ts';
import { createTestService, type TestService } from '../support/service.ts';

let service: TestService;
let meter: ReturnType<typeof meterRequests>;
let planId: string;
let userId: string;

beforeAll(async () => {
  service = await createTestService();
  meter = meterRequests(service.table.documentClient);
});
beforeEach(async () => {
  service.clock.freezeAt('2033-05-10T12:00:00Z');
  planId = `plan-${randomUUID().slice(0, 8)}`;
  userId = randomUUID();
  await service.createPlan(planId, [{ limit: 10 }, { feature: 'storage', limit: 10, interval: 'never' }]);
  await setUserPlan(service, { userId, planId });
});
afterEach(() => service.expectLedgerToBalance());
afterAll(() => service.table.drop());

/** Edits the plan, and waits until no cache answers from the version before. */
async function edit(allowances: Parameters<TestService['createPlan']>[1]): Promise<void> {
  await service.createPlan(planId, allowances);
  service.clock.advanceMs(1_000);
}
const storage = { feature: 'storage', limit: 10, interval: 'never' } as const;
const upload = { feature: 'upload', limit: 3, interval: 'day' } as const;
const use = (amount: number, feature?: string, by = service) =>
  consume(by, { userId, amounts: units(amount, feature) });
const may = async (amount: number, feature?: string, by = service) =>
  (await check(by, { userId, amounts: units(amount, feature), consistent: true })).code;

describe('a feature that an edit adds', () => {
  beforeEach(() => edit([{ limit: 10 }, storage, upload]));

  it('is available to present subscribers: the consume applies the new version', async () => {
    expect(await may(3, 'upload')).toBe('allowed');
    expect((await use(3, 'upload')).code).toBe('changed');
    expect(await service.account(userId)).toMatchObject({ plan: { id: planId, version: 2 } });
    expect(counterOf(await service.account(userId), 'upload')).toMatchObject({ limit: 3, used: 3 });
    expect((await use(1, 'upload')).code).toBe('denied');
  });

  it('beyond its limit is denied as exceeded, with its own figures', async () => {
    const outcome = await use(4, 'upload');
    expect(outcome).toMatchObject({ code: 'denied', denial: { code: 'exceeded', feature: 'upload' } });
    const { account } = outcome as Extract<typeof outcome, { code: 'denied' }>; // as expected above
    expect(counterOf(account, 'upload')).toMatchObject({ limit: 3, remaining: 3 });
    expect(await may(4, 'upload')).toBe('denied');
    expect((await service.account(userId)).version).toBe(1);
  });

  it.each<[string, () => Promise<{ code: string }>]>([
    [
      'a reservation',
      async () => (await reserve(service, { userId, amounts: units(2, 'upload'), ttlSeconds: 60 })).outcome,
    ],
    ['several at once', () => consume(service, { userId, amounts: new Map([...units(1), ['upload', 3]]) })],
    ['a grant', () => grantQuota(service, { userId, feature: 'upload', amount: 5, reason: 'goodwill' })],
    ['a reset of it', () => resetQuota(service, { userId, features: ['upload'] })],
  ])('is available for %s, too', async (_, act) => {
    expect((await act()).code).toBe('changed');
    expect((await service.account(userId)).plan.version).toBe(2);
  });

  it('is shown in the quota before it is used', async () => {
    const { account } = await readQuota(service, userId, { consistent: true });
    expect(counterOf(account, 'upload')).toMatchObject({ limit: 3, used: 0, remaining: 3 });
    expect(account.plan.version).toBe(1);
  });

  it('is still unknown if no version of the plan has it', async () => {
    expect(await use(1, 'other')).toMatchObject({ code: 'denied', denial: { code: 'unknown_feature' } });
    expect(await may(1, 'other')).toBe('denied');
  });
});

describe('a limit that an edit raises', () => {
  it('is available once the old one is used up, for a gauge too', async () => {
    await use(10);
    await use(9, 'storage');
    await edit([{ limit: 12 }, { ...storage, limit: 20 }]);
    expect((await use(3)).code).toBe('denied');
    expect((await use(2)).code).toBe('changed');
    expect((await use(11, 'storage')).code).toBe('changed');
    expect((await use(1, 'storage')).code).toBe('denied');
    const account = await service.account(userId);
    expect(counterOf(account)).toMatchObject({ limit: 12, used: 12 });
    expect(counterOf(account, 'storage')).toMatchObject({ limit: 20, used: 20 });
  });

  it('admits no more concurrent callers than it has room for', async () => {
    await use(10);
    await edit([{ limit: 17 }, storage]);
    const outcomes = await Promise.all(
      Array.from({ length: 60 }, () => use(1, undefined, service.environment())),
    );
    expect(outcomes.filter(({ code }) => code === 'changed')).toHaveLength(7);
    expect(counterOf(await service.account(userId))).toMatchObject({ limit: 17, used: 17, remaining: 0 });
  });

  it('lets a reservation confirm the true amount', async () => {
    const { reservationId } = await reserve(service, { userId, amounts: units(10), ttlSeconds: 3_600 });
    await edit([{ limit: 14 }, storage]);
    const { outcome, settlement } = await settleReservation(service, { userId, reservationId, amount: 14 });
    expect(outcome.code).toBe('changed');
    expect(settlement?.overdrawn).toEqual([]);
    expect(counterOf(await service.account(userId))).toMatchObject({ used: 14, held: 0, remaining: 0 });
  });

  it('that does not help a confirmation leaves it unchanged', async () => {
    const { reservationId } = await reserve(service, { userId, amounts: units(10), ttlSeconds: 3_600 });
    await edit([{ limit: 3 }, storage]);
    const { settlement } = await settleReservation(service, { userId, reservationId, amount: 14 });
    expect(settlement?.overdrawn).toMatchObject([{ amount: 4 }]);
    expect(counterOf(await service.account(userId))).toMatchObject({ limit: 10, used: 14, remaining: -4 });
  });

  it('becomes soft or unlimited: a denial ends with it', async () => {
    await use(10);
    await edit([{ limit: null }, { ...storage, enforced: false }]);
    expect((await use(1_000)).code).toBe('changed');
    expect((await use(1_000, 'storage')).code).toBe('changed');
  });
});

describe('a limit that an edit lowers or removes', () => {
  beforeEach(() => use(6));

  it('is not applied by a denial', async () => {
    await edit([{ limit: 5 }]);
    expect((await use(5)).code).toBe('denied');
    expect((await use(11, 'storage')).code).toBe('denied');
    expect((await use(4)).code).toBe('changed');
    expect((await service.account(userId)).plan.version).toBe(1);
  });

  it('is shown in the quota with its current figures', async () => {
    await edit([{ limit: 5 }, upload]);
    const { account } = await readQuota(service, userId, {});
    expect(counterOf(account)).toMatchObject({ limit: 10, remaining: 4 });
    expect(counterOf(account, 'storage')).toMatchObject({ limit: 10 });
    expect(counterOf(account, 'upload')).toMatchObject({ limit: 3 });
  });

  it('is denied with its current figures', async () => {
    await edit([{ limit: 5 }, storage]);
    const outcome = await use(5);
    const { account } = outcome as Extract<typeof outcome, { code: 'denied' }>; // 4 are left
    expect(counterOf(account)).toMatchObject({ limit: 10, remaining: 4 });
  });

  it('is applied with a feature that the same edit adds and a request needs', async () => {
    await edit([{ limit: 5 }, upload]);
    expect((await use(1, 'upload')).code).toBe('changed');
    expect(counterOf(await service.account(userId))).toMatchObject({ limit: 5, used: 6, remaining: -1 });
    expect(await release(service, { userId, amounts: units(1, 'storage') })).toMatchObject({
      code: 'denied',
      denial: { code: 'unknown_feature' },
    });
  });

  it('if neither version admits the whole request, nothing changes', async () => {
    await edit([{ limit: 5 }, upload]);
    const amounts = new Map([['aiRequest', 2], ...units(1, 'upload')]);
    expect((await consume(service, { userId, amounts })).code).toBe('denied');
    expect((await check(service, { userId, amounts })).code).toBe('denied');
    expect((await service.account(userId)).version).toBe(2);
  });
});

describe('an edit is visible', () => {
  it('a second later, also to an environment that has just denied', async () => {
    await use(10);
    await service.plans.current(planId);
    service.clock.advanceMs(600);
    expect((await use(1)).code).toBe('denied');
    await service.createPlan(planId, [{ limit: 11 }]);
    // Another environment saved it: this one caches the version before.
    const other = service.environment();
    expect((await use(1, undefined, other)).code).toBe('changed');
    await service.createPlan(planId, [{ limit: 12 }]);
    expect((await use(1, undefined, other)).code).toBe('denied');
    service.clock.advanceMs(999);
    expect((await use(1, undefined, other)).code).toBe('denied');
    service.clock.advanceMs(1);
    expect((await use(1, undefined, other)).code).toBe('changed');
  });

  it('no later because a denial is cached', async () => {
    await use(10);
    const other = service.environment();
    await other.plans.current(planId);
    service.clock.advanceMs(DENIAL_CACHE.ttlMs - 1);
    expect((await use(1, undefined, other)).code).toBe('denied');
    await service.createPlan(planId, [{ limit: 11 }]);
    service.clock.advanceMs(DENIAL_CACHE.ttlMs - 1);
    expect((await use(1, undefined, other)).code).toBe('changed');
  });

  it('at the price of one read a second, however many are denied', async () => {
    meter.take();
    for (let call = 0; call < 300; call += 1) {
      service.clock.advanceMs(10);
      expect((await use(1, 'other')).code).toBe('denied');
    }
    const reads = meter.take().filter(({ command }) => command === 'GetItemCommand');
    expect(reads.length).toBeLessThanOrEqual(4);
  });
});
