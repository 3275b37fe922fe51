import { randomUUID } from 'node:crypto';
import { ulid } from 'ulid';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DEDUPE_WINDOW } from '../../shared/domain/dedupe-window.ts';
import { operationKey } from '../../shared/domain/operation.ts';
import { setUserPlan } from '../../shared/usecases/plans/set-user-plan.ts';
import { consume } from '../../shared/usecases/quota/consume.ts';
import { grantQuota } from '../../shared/usecases/quota/grant-quota.ts';
import { release } from '../../shared/usecases/quota/release.ts';
import { reserve } from '../../shared/usecases/quota/reserve.ts';
import { resetQuota } from '../../shared/usecases/quota/reset-quota.ts';
import { untilAnswered } from '../support/patient-caller.ts';
import { counterOf, units } from '../support/sample-account.ts';
import { createTestService, type TestService } from '../support/service.ts';
import { uuidV7 } from '../support/uuid-v7.ts';

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const OTHERS = DEDUPE_WINDOW.pruneAbove + 1;

let service: TestService;
let userId: string;

beforeAll(async () => {
  service = await createTestService();
  await service.createPlan('gauge', [{}, { feature: 'storage', interval: 'never' }]);
});
beforeEach(() => {
  userId = randomUUID();
  service.clock.freezeAt('2033-05-10T12:00:00Z');
});
afterEach(() => service.expectLedgerToBalance());
afterAll(() => service.table.drop());

const use = async (idempotencyKey: string | undefined, amount = 2): Promise<string> =>
  (await consume(service.environment(), { userId, amounts: units(amount), idempotencyKey })).code;
const used = async () => counterOf(await service.account(userId)).used;

/**
 * Enough other operations for two prunings: the first settles the remembered operations, the second forgets
 * them.
 */
async function letTheProjectorPrune(): Promise<void> {
  for (let round = 0; round < 2; round += 1) {
    for (let index = 0; index < OTHERS; index += 1) await use(undefined, 1);
    await service.expectLedgerToBalance();
    service.clock.advanceMs(DEDUPE_WINDOW.pruneEveryMs);
  }
  // Keys dated ahead may remain longer.
  expect((await service.account(userId)).operations.size).toBeLessThan(OTHERS + 3);
}

describe('Charged once', () => {
  it.each([
    ['of the caller’s own', () => 'order-1'],
    ['that is a UUIDv7 made now', () => uuidV7(service.now())],
    ['that is a ULID made now', () => ulid(service.now())],
    ['that is a UUIDv7 dated half a second ahead', () => uuidV7(service.now() + 500)],
    ['that is a UUIDv7 dated an hour ahead', () => uuidV7(service.now() + HOUR_MS)],
    ['of 255 characters', () => 'ß'.repeat(255)],
  ])('the same key sent 2 to 100 times at once: a key %s', async (_, makeKey) => {
    for (const times of [2, 25, 100]) {
      userId = randomUUID();
      const key = makeKey();
      const calls = Array.from({ length: times }, () => untilAnswered(() => use(key)));
      const codes = await Promise.all(calls);
      expect(codes.filter((code) => code === 'changed').length).toBeLessThanOrEqual(1);
      expect(codes).not.toContain('denied');
      expect(await used()).toBe(2);
    }
  });

  it.each([
    ['seconds later', 3 * SECOND_MS],
    ['a minute later', MINUTE_MS],
    ['hours later', 9 * HOUR_MS],
    ['a week later', 7 * 24 * HOUR_MS],
  ])('the same key %s, whatever kind of key, pruned or not', async (_, laterMs) => {
    const keys = ['order-1', uuidV7(service.now()), ulid(service.now()), uuidV7(service.now() + HOUR_MS)];
    for (const key of keys) expect(await use(key)).toBe('changed');
    service.clock.advanceMs(laterMs);
    for (const key of keys) expect(await use(key)).toBe('replayed');
    await letTheProjectorPrune();
    expect(await used()).toBe(8 + 2 * OTHERS);
    for (const key of keys) expect(await use(key)).toBe('replayed');
    expect(await used()).toBe(8 + 2 * OTHERS);
  });

  it('the same key after the projector pruned it: it is gone from the account, its record remains', async () => {
    expect(await use('order-1')).toBe('changed');
    await letTheProjectorPrune();
    expect(await use('order-1')).toBe('replayed');
    expect(await use('order-1', 3)).toBe('key_reused');
  });

  it('the same key while the projector is stopped for a minute, and after it caught up', async () => {
    expect(await use('order-1')).toBe('changed');
    for (let index = 0; index < 20; index += 1) await use(undefined, 1);
    service.clock.advanceMs(MINUTE_MS);
    expect(await use('order-1')).toBe('replayed');
    await service.expectLedgerToBalance();
    expect(await use('order-1')).toBe('replayed');
    service.clock.advanceMs(DEDUPE_WINDOW.pruneEveryMs);
    await letTheProjectorPrune();
    expect((await service.account(userId)).operations.has(operationKey('order-1'))).toBe(false);
    expect(await use('order-1')).toBe('replayed');
    expect(await used()).toBe(22 + 2 * OTHERS);
  });

  it('a key dated ahead stays in the account until it no longer counts as made just now', async () => {
    const key = uuidV7(service.now() + MINUTE_MS);
    expect(await use(key)).toBe('changed');
    const remembered = async () => (await service.account(userId)).operations.has(operationKey(key));
    await letTheProjectorPrune();
    expect(await remembered()).toBe(true);
    service.clock.advanceMs(MINUTE_MS);
    await letTheProjectorPrune();
    expect(await remembered()).toBe(false);
    expect(await use(key)).toBe('replayed');
  });

  it('the same key with another body is another request', async () => {
    expect(await use('order-1')).toBe('changed');
    expect(await use('order-1', 3)).toBe('key_reused');
    const held = await reserve(service, {
      userId,
      amounts: units(2),
      ttlSeconds: 60,
      idempotencyKey: 'order-1',
    });
    expect(held.outcome.code).toBe('key_reused');
    expect(await used()).toBe(2);
  });

  it('a refused key may be used again', async () => {
    await use(undefined, 99);
    expect(await use('order-1')).toBe('denied');
    await resetQuota(service, { userId });
    expect(await use('order-1')).toBe('changed');
    expect(await use('order-1')).toBe('replayed');
  });

  it('every other verb, too: sent twice it is applied once', async () => {
    await setUserPlan(service, { userId, planId: 'gauge', idempotencyKey: 'plan-1' });
    await consume(service, { userId, amounts: units(50, 'storage') });
    const verbs = [
      () => setUserPlan(service.environment(), { userId, planId: 'gauge', idempotencyKey: 'plan-1' }),
      () =>
        grantQuota(service.environment(), {
          userId,
          feature: 'aiRequest',
          amount: 5,
          reason: 'r',
          idempotencyKey: 'grant-1',
        }),
      () =>
        release(service.environment(), {
          userId,
          amounts: units(10, 'storage'),
          idempotencyKey: 'release-1',
        }),
      () => resetQuota(service.environment(), { userId, features: ['aiRequest'], idempotencyKey: 'reset-1' }),
      async () =>
        (
          await reserve(service.environment(), {
            userId,
            amounts: units(4),
            ttlSeconds: 60,
            idempotencyKey: 'hold-1',
          })
        ).outcome,
    ];
    for (const verb of verbs) {
      await verb();
      expect((await verb()).code).toBe('replayed');
    }
    const account = await service.account(userId);
    expect(counterOf(account)).toMatchObject({ limit: 105, held: 4 });
    expect(counterOf(account, 'storage').used).toBe(40);
  });

  it('a duplicate does not extend the life of its record', async () => {
    await use('order-1');
    await service.project();
    const before = await service.ledger.findRecord(userId, 'order-1');
    service.clock.advanceMs(HOUR_MS);
    await use('order-1');
    await service.project();
    expect(await service.ledger.findRecord(userId, 'order-1')).toMatchObject({ version: before?.version });
    expect((await service.account(userId)).version).toBe(1);
  });
});
