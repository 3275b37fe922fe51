import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { check } from '../../shared/usecases/quota/check.ts';
import { consume } from '../../shared/usecases/quota/consume.ts';
import { untilAnswered } from '../support/patient-caller.ts';
import { createTestService, type TestService } from '../support/service.ts';

let service: TestService;
const amounts = (amount: number, feature = 'aiRequest') => new Map([[feature, amount]]);
const user = () => `user-${randomUUID()}`;

beforeAll(async () => {
  service = await createTestService();
});
afterEach(() => service.expectLedgerToBalance());
afterAll(() => service.table.drop());

describe('consume', () => {
  it('opens the account of an unknown user on the default plan', async () => {
    const userId = user();
    const outcome = await consume(service, { userId, amounts: amounts(3) });
    expect(outcome.code).toBe('changed');
    const account = await service.account(userId);
    expect(account).toMatchObject({ version: 1, plan: { id: 'free', version: 1 } });
    expect(account.counters.get('aiRequest')).toMatchObject([{ used: 3, remaining: 97, limit: 100 }]);
  });

  it('admits exactly what is left, and a denied call changes nothing', async () => {
    const userId = user();
    await consume(service, { userId, amounts: amounts(95) });
    const denied = await consume(service, { userId, amounts: amounts(10) });
    expect(denied).toMatchObject({ code: 'denied', denial: { code: 'exceeded', feature: 'aiRequest' } });
    expect(await service.account(userId)).toMatchObject({ version: 1 });
    expect((await consume(service, { userId, amounts: amounts(1) })).code).toBe('changed');
    expect((await consume(service, { userId, amounts: amounts(4) })).code).toBe('changed');
    expect((await check(service, { userId, amounts: amounts(1) })).code).toBe('denied');
  });

  it('returns a repeated key as a replay', async () => {
    const userId = user();
    const request = { userId, amounts: amounts(2), idempotencyKey: 'order-1' };
    expect((await consume(service, request)).code).toBe('changed');
    expect((await consume(service, request)).code).toBe('replayed');
    expect((await consume(service, { ...request, amounts: amounts(3) })).code).toBe('key_reused');
    expect((await service.account(userId)).counters.get('aiRequest')?.[0]?.used).toBe(2);
  });

  it('admits exactly one hundred of 150 concurrent first requests', async () => {
    const userId = user();
    const outcomes = await Promise.all(
      Array.from({ length: 150 }, () =>
        untilAnswered((idempotencyKey) => consume(service, { userId, amounts: amounts(1), idempotencyKey })),
      ),
    );
    expect(outcomes.filter(({ code }) => code !== 'denied')).toHaveLength(100);
    expect(outcomes.filter(({ code }) => code === 'denied')).toHaveLength(50);
  });
});
