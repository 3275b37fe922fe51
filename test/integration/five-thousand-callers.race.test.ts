import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { setUserPlan } from '../../shared/usecases/plans/set-user-plan.ts';
import { consumeAtOnce } from '../support/consume-at-once.ts';
import { counterOf } from '../support/sample-account.ts';
import { createTestService, type TestService } from '../support/service.ts';

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
    const codes = await consumeAtOnce(service, { userId, callers: 5_000, environments: 64 });
    expect(codes.filter((code) => code === 'denied')).toHaveLength(4_000);
    expect(codes.filter((code) => code !== 'denied')).toHaveLength(1_000);
    expect(counterOf(await service.account(userId))).toMatchObject({
      used: 1_000,
      remaining: 0,
      lifetime: 1_000,
    });
    await service.expectLedgerToBalance();
  }, 600_000);
});
