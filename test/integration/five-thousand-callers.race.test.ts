import { randomUUID } from 'node:crypto';
import pLimit from 'p-limit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { consume } from '../../shared/usecases/consume.ts';
import { setUserPlan } from '../../shared/usecases/set-user-plan.ts';
import { untilAnswered } from '../support/patient-caller.ts';
import { counterOf, units } from '../support/sample-account.ts';
import { createTestService, type TestService } from '../support/service.ts';

/** As many Lambda environments at once; each serves one request at a time. */
const ENVIRONMENTS = 64;

let service: TestService;
beforeAll(async () => {
  service = await createTestService();
  await service.createPlan('thousand', [{ limit: 1_000 }]);
});
afterAll(() => service.table.drop());

describe('Never over the limit', () => {
  it('5,000 concurrent callers for 1,000 units: exactly 1,000', async () => {
    const userId = randomUUID();
    await setUserPlan(service, { userId, planId: 'thousand' });
    const idle = Array.from({ length: ENVIRONMENTS }, () => service.environment());
    const atOnce = pLimit(ENVIRONMENTS);
    const call = async () => {
      const environment = idle.pop() ?? service.environment();
      const outcome = await untilAnswered((idempotencyKey) =>
        consume(environment, { userId, amounts: units(1), idempotencyKey }),
      );
      idle.push(environment);
      return outcome.code;
    };
    const codes = await Promise.all(Array.from({ length: 5_000 }, () => atOnce(call)));
    expect(codes.filter((code) => code === 'denied')).toHaveLength(4_000);
    expect(codes.filter((code) => code !== 'denied')).toHaveLength(1_000);
    expect(counterOf(await service.account(userId))).toMatchObject({
      used: 1_000,
      remaining: 0,
      lifetime: 1_000,
    });
    await service.expectLedgerToBalance();
  }, 240_000);
});
