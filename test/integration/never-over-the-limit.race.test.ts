import { randomUUID } from 'node:crypto';
import pLimit from 'p-limit';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { setUserPlan } from '../../shared/usecases/plans/set-user-plan.ts';
import { consume } from '../../shared/usecases/quota/consume.ts';
import { grantQuota } from '../../shared/usecases/quota/grant-quota.ts';
import { reserve } from '../../shared/usecases/quota/reserve.ts';
import { resetQuota } from '../../shared/usecases/quota/reset-quota.ts';
import { rollOver } from '../../shared/usecases/rollover/roll-over.ts';
import { untilAnswered } from '../support/patient-caller.ts';
import { counterOf, units } from '../support/sample-account.ts';
import { createTestService, type TestService } from '../support/service.ts';

let service: TestService;
let userId: string;

beforeAll(async () => {
  service = await createTestService();
  await service.createPlan('small', [{ limit: 40 }]);
  await service.createPlan('large', [{ limit: 160 }]);
  await service.createPlan('daily', [{ limit: 20, interval: 'day' }]);
});
beforeEach(() => {
  userId = randomUUID();
  service.clock.freezeAt('2033-05-10T12:00:00Z');
});
afterEach(() => service.expectLedgerToBalance());
afterAll(() => service.table.drop());

const times = <T>(count: number, call: (index: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, (_, index) => call(index)));
const use = (amount = 1, from: TestService = service.environment(), feature?: string) =>
  untilAnswered((idempotencyKey) =>
    consume(from, { userId, amounts: units(amount, feature), idempotencyKey }),
  );
/** A caller whose first answer was lost receives a replay. */
const isAdmitted = ({ code }: { code: string }) => code === 'changed' || code === 'replayed';
const countAdmitted = (outcomes: { code: string }[]) => outcomes.filter(isAdmitted).length;

describe('Never over the limit', () => {
  it.each([
    [50, 7],
    [500, 23],
  ])('%i callers at once for %i units: exactly as many are admitted', async (callers, left) => {
    await setUserPlan(service, { userId, planId: 'free' });
    await use(100 - left);
    expect(countAdmitted(await times(callers, () => use()))).toBe(left);
    expect(counterOf(await service.account(userId))).toMatchObject({ used: 100, remaining: 0 });
  });

  it('the very first request of an unknown user, 120 at once: one account, 100 admitted', async () => {
    expect(countAdmitted(await times(120, () => use()))).toBe(100);
    expect(await service.account(userId)).toMatchObject({ version: 100, plan: { id: 'free' } });
  });

  it('amounts of different size fill the limit and never pass it', async () => {
    const amounts = Array.from({ length: 60 }, (_, index) => 1 + (index % 7));
    const outcomes = await times(60, async (index) => ({
      amount: amounts[index] ?? 0,
      code: (await use(amounts[index])).code,
    }));
    const admitted = outcomes.filter(isAdmitted).reduce((sum, { amount }) => sum + amount, 0);
    expect(counterOf(await service.account(userId)).used).toBe(admitted);
    expect(admitted).toBeLessThanOrEqual(100);
    expect(admitted).toBeGreaterThan(100 - 7);
  });

  it('200 writers at the end of a period: the new one admits exactly its limit', async () => {
    await setUserPlan(service, { userId, planId: 'small' });
    await use(40);
    service.clock.freezeAt('2033-06-01T00:00:00Z');
    expect(countAdmitted(await times(200, () => use()))).toBe(40);
    expect(counterOf(await service.account(userId))).toMatchObject({ used: 40, lifetime: 80 });
  });

  it('clocks 5 s apart at the end of a period: each period admits exactly its limit', async () => {
    await setUserPlan(service, { userId, planId: 'small' });
    await use(30);
    service.clock.freezeAt('2033-06-01T00:00:00Z');
    const skewed = (offsetMs: number) => service.environment({ now: () => service.clock.now() + offsetMs });
    const offsets = [-5_000, -1, 0, 1, 5_000];
    await times(200, (index) => use(1, skewed(offsets[index % offsets.length] ?? 0)));
    const account = await service.account(userId);
    expect(counterOf(account).used).toBe(40);
    const admittedBefore = counterOf(account).lifetime - counterOf(account).used;
    expect(admittedBefore).toBeGreaterThanOrEqual(30);
    expect(admittedBefore).toBeLessThanOrEqual(40);
  });

  it('concurrent reservations and consumes share the last units', async () => {
    await use(70);
    const some = pLimit(20);
    const outcomes = await times(80, (index) =>
      some(() =>
        index % 2 === 0
          ? use()
          : untilAnswered(
              async (idempotencyKey) =>
                (
                  await reserve(service.environment(), {
                    userId,
                    amounts: units(1),
                    ttlSeconds: 60,
                    idempotencyKey,
                  })
                ).outcome,
            ),
      ),
    );
    expect(countAdmitted(outcomes)).toBe(30);
    const counter = counterOf(await service.account(userId));
    expect(counter.used + counter.held).toBe(100);
    expect(counter.remaining).toBe(0);
  });

  it('plans change up and down meanwhile: no more is admitted than the largest limit, and no charge is lost', async () => {
    await setUserPlan(service, { userId, planId: 'small' });
    const consumes = times(150, () => use());
    for (const planId of ['large', 'small', 'large', 'small']) {
      await untilAnswered((idempotencyKey) =>
        setUserPlan(service.environment(), { userId, planId, idempotencyKey }),
      );
    }
    const admitted = countAdmitted(await consumes);
    const account = await service.account(userId);
    expect(counterOf(account)).toMatchObject({ limit: 40, used: admitted, remaining: 40 - admitted });
    expect(admitted).toBeLessThanOrEqual(160);
    expect(admitted).toBeGreaterThanOrEqual(40);
  });

  it('grants and resets meanwhile: exactly the allowed units are admitted', async () => {
    await use(95);
    const consumes = times(120, () => use());
    await Promise.all([
      untilAnswered((idempotencyKey) =>
        grantQuota(service.environment(), {
          userId,
          feature: 'aiRequest',
          amount: 15,
          reason: 'goodwill',
          idempotencyKey,
        }),
      ),
      untilAnswered((idempotencyKey) => resetQuota(service.environment(), { userId, idempotencyKey })),
    ]);
    const admitted = countAdmitted(await consumes);
    const counter = counterOf(await service.account(userId));
    expect(counter).toMatchObject({ limit: 115, granted: 15, lifetime: 95 + admitted });
    expect(counter.used).toBeLessThanOrEqual(115);
    expect(admitted).toBeLessThanOrEqual(120);
    expect(counter.remaining).toBe(115 - counter.used);
  });
});

describe('Resets are exact', () => {
  it('concurrent requests and two runs of the job roll an account over once', async () => {
    await setUserPlan(service, { userId, planId: 'daily' });
    await use(20);
    service.clock.freezeAt('2033-05-11T00:00:00Z');
    const [outcomes] = await Promise.all([
      times(60, () => use()),
      times(5, () => untilAnswered(() => rollOver(service.environment(), userId))),
    ]);
    expect(countAdmitted(outcomes)).toBe(20);
    const counter = counterOf(await service.account(userId));
    expect(counter).toMatchObject({
      used: 20,
      lifetime: 40,
      periodStart: Date.parse('2033-05-11T00:00:00Z'),
    });
    await service.project();
    const entries = await service.ledger.newest(userId, 100);
    expect(entries.filter(({ kind }) => kind === 'rollover').length).toBeLessThanOrEqual(1);
  });
});
