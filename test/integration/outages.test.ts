import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DEDUPE_WINDOW } from '../../shared/domain/dedupe-window.ts';
import { OutcomeUnknown, Unavailable } from '../../shared/domain/faults.ts';
import { consume } from '../../shared/usecases/quota/consume.ts';
import { reserve } from '../../shared/usecases/quota/reserve.ts';
import { settleReservation } from '../../shared/usecases/quota/settle-reservation.ts';
import { type Fate, faultyClient, type Plan } from '../support/faulty-client.ts';
import { counterOf, units } from '../support/sample-account.ts';
import { createTestService, type TestService } from '../support/service.ts';

let service: TestService;
let userId: string;

beforeAll(async () => {
  service = await createTestService();
});
beforeEach(async () => {
  userId = randomUUID();
  service.clock.freezeAt('2033-05-10T12:00:00Z');
  await use(service);
});
afterEach(() => service.expectLedgerToBalance());
afterAll(() => service.table.drop());

/** An environment whose waits take no time, and whose requests follow the fault plan. */
const under = (plan: Plan, onSleep = (_: number) => {}): TestService =>
  service.over(faultyClient(service.table.documentClient, plan), {
    sleep: async (ms) => {
      service.clock.advanceMs(Math.ceil(ms));
      onSleep(ms);
    },
  });
const use = (from: TestService, idempotencyKey?: string) =>
  consume(from, { userId, amounts: units(1), idempotencyKey });
const faultOf = (call: Promise<unknown>) =>
  call.then(
    () => undefined,
    (error: unknown) => error,
  );
const used = async () => counterOf(await service.account(userId)).used;

describe('an outage of the store', () => {
  it('that answers nothing: within the time budget the caller receives an unknown outcome', async () => {
    const hanging = service.environment();
    const dead = service.over(
      faultyClient(service.table.documentClient, () => 'hangs'),
      { now: Date.now },
    );
    const fault = await faultOf(use(dead));
    expect(fault).toBeInstanceOf(OutcomeUnknown);
    expect(fault).toMatchObject({ code: 'outcome_unknown', operationId: expect.stringMatching(/^op_/) });
    expect((await use(hanging)).code).toBe('changed');
  });

  it('that answers nothing to a read: nothing was changed, and a retry is safe', async () => {
    const dead = service.over(
      faultyClient(service.table.documentClient, () => 'hangs'),
      { now: Date.now },
    );
    expect(await faultOf(use(dead, 'order-1'))).toBeInstanceOf(Unavailable);
    const held = reserve(dead, { userId, amounts: units(1), ttlSeconds: 60 });
    expect(await faultOf(held)).toBeInstanceOf(Unavailable);
  });

  it('that ends before the budget: the caller sees no error', async () => {
    for (const fate of ['throttled', 'never sent', 'answer lost', 'server error'] as const) {
      const before = await used();
      expect((await use(under(({ count }) => (count <= 3 ? fate : undefined)))).code).toBe('changed');
      expect(await used()).toBe(before + 1);
    }
  });

  it('that throttles for good: a few tries with growing pauses, all of them within the budget', async () => {
    const startedAt = service.now();
    const pauses: number[] = [];
    let sent = 0;
    const throttling = under(
      ({ count }) => {
        sent = count;
        return 'throttled';
      },
      (ms) => pauses.push(ms),
    );
    const fault = await faultOf(use(throttling));
    expect(fault).toBeInstanceOf(Unavailable);
    expect(service.now() - startedAt).toBeLessThan(DEDUPE_WINDOW.budgetMs);
    expect(sent).toBe(pauses.length + 1);
    expect(Math.max(...pauses)).toBeLessThanOrEqual(200);
    expect(await used()).toBe(1);
  });

  it.each<[Fate]>([['answer lost'], ['server error']])(
    'that loses every answer (%s): charged once, and found by the returned id',
    async (fate) => {
      const unknown = await faultOf(use(under(() => fate)));
      if (!(unknown instanceof OutcomeUnknown)) throw new Error('the outcome is unknown', { cause: unknown });
      expect((await use(service, unknown.operationId)).code).toBe('replayed');
      expect(await used()).toBe(2);
    },
  );

  it('after a lost answer never claims that nothing was changed, whatever fails next', async () => {
    await service.createPlan('free', [{ limit: 100 }]);
    service.clock.freezeAt('2033-06-01T00:00:00Z');
    // The period is over: the blind write is refused, the plan is read, the save is applied and its answer
    // lost.
    const lossy = under(({ command, count }) => {
      if (command === 'PutCommand') {
        service.clock.advanceMs(1_500);
        return 'answer lost';
      }
      return count > 3 ? 'throttled' : undefined;
    });
    const fault = await faultOf(use(lossy));
    if (!(fault instanceof OutcomeUnknown)) throw new Error('the outcome is unknown', { cause: fault });
    expect((await use(service, fault.operationId)).code).toBe('replayed');
    expect(await used()).toBe(1);
  });

  it('a charge that was found again is never reported as not made, though its answer cannot be completed', async () => {
    service.clock.freezeAt(Date.parse('2033-06-01T00:00:00Z') - 1);
    // Applied in the last millisecond of the period; the balance of the next one requires the plan.
    const lossy = under(({ command, count }) => {
      if (command === 'GetCommand') return 'throttled';
      if (count > 1) return undefined;
      service.clock.advanceMs(1);
      return 'answer lost';
    });
    const fault = await faultOf(use(lossy));
    if (!(fault instanceof OutcomeUnknown)) throw new Error('the outcome is unknown', { cause: fault });
    expect((await use(service, fault.operationId)).code).toBe('replayed');
    expect(await used()).toBe(2);
  });

  it('a confirmation whose answer was lost is not denied because its reservation expired meanwhile', async () => {
    const { reservationId } = await reserve(service, { userId, amounts: units(10), ttlSeconds: 60 });
    service.clock.advanceMs(59_999);
    let isLost = false;
    const lossy = under(({ command }) => {
      if (command !== 'PutCommand' || isLost) return undefined;
      isLost = true;
      service.clock.advanceMs(1);
      return 'answer lost';
    });
    const { outcome } = await settleReservation(lossy, { userId, reservationId, amount: 7 });
    expect(outcome.code).toBe('replayed');
    expect(await used()).toBe(8);
  });
});
