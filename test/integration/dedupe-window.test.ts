import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DEDUPE_WINDOW } from '../../shared/domain/dedupe-window.ts';
import { AccountBusy } from '../../shared/domain/faults.ts';
import { operationKey, RECORD_LIFETIME_MS } from '../../shared/domain/operation.ts';
import { consume } from '../../shared/usecases/quota/consume.ts';
import { faultyClient } from '../support/faulty-client.ts';
import { counterOf, units } from '../support/sample-account.ts';
import { createTestService, type TestService } from '../support/service.ts';
import { uuidV7 } from '../support/uuid-v7.ts';

const { aheadMs, budgetMs, pruneAbove, pruneEveryMs, room } = DEDUPE_WINDOW;
const OTHERS = pruneAbove + 2;

let service: TestService;
let userId: string;

beforeAll(async () => {
  service = await createTestService();
  await service.createPlan('free', [{ limit: 10_000 }]);
});
beforeEach(async () => {
  userId = randomUUID();
  service.clock.freezeAt('2033-05-10T12:00:00Z');
  await use();
});
afterEach(() => service.expectLedgerToBalance());
afterAll(() => service.table.drop());

const use = async (idempotencyKey?: string, from = service.environment()): Promise<string> =>
  (await consume(from, { userId, amounts: units(1), idempotencyKey })).code;
const used = async () => counterOf(await service.account(userId)).used;

/**
 * A consume that stops between its lookup of the record and its write; `meanwhile` runs there. A key made
 * just now needs no lookup, so it stops before its first request.
 */
async function pausedConsume(key: string, meanwhile: () => Promise<void>): Promise<string> {
  let paused = false;
  const before = { send: service.table.documentClient.send.bind(service.table.documentClient) };
  const pausing = {
    // Without its abort signal: that one counts real time, the pause the test's clock.
    send: (async (command: object) => {
      if (!paused && command.constructor.name === 'UpdateCommand') {
        paused = true;
        await meanwhile();
      }
      return before.send(command as never); // any command, passed on unchanged
    }) as typeof before.send,
  };
  return use(key, service.over(pausing));
}

/** The same key is accepted elsewhere, with enough other keys that the projector prunes. */
async function acceptedElsewhere(key: string): Promise<void> {
  expect(await use(key)).toBe('changed');
  for (let index = 0; index < OTHERS; index += 1) await use();
}

describe('Charged once: the dedupe window', () => {
  it.each([
    ['a key of the caller’s own', () => 'order-1'],
    ['a UUIDv7 as old as a fresh one may be', () => uuidV7(service.now() - DEDUPE_WINDOW.freshMs)],
    ['a UUIDv7 as far ahead as one made now may be', () => uuidV7(service.now() + aheadMs)],
  ])('a request that pauses for its whole budget charges nothing twice: %s', async (_, makeKey) => {
    const key = makeKey();
    const code = await pausedConsume(key, async () => {
      await acceptedElsewhere(key);
      await service.expectLedgerToBalance();
      service.clock.advanceMs(budgetMs - 1);
      await use();
      await service.expectLedgerToBalance();
    });
    expect(code).toBe('replayed');
    expect(await used()).toBe(1 + 1 + OTHERS + 1);
  });

  it('a request that pauses until its operation was forgotten is refused, looks again, and finds it', async () => {
    const code = await pausedConsume('order-1', async () => {
      await acceptedElsewhere('order-1');
      await service.expectLedgerToBalance();
      service.clock.advanceMs(pruneEveryMs);
      for (let index = 0; index < OTHERS; index += 1) await use();
      await service.expectLedgerToBalance();
      expect((await service.account(userId)).operations.has(operationKey('order-1'))).toBe(false);
      service.clock.advanceMs(-pruneEveryMs);
    });
    expect(code).toBe('replayed');
    expect(await used()).toBe(1 + 1 + 2 * OTHERS);
  });

  it('without the floor the same pause charges twice: the window exists, and the floor closes it', async () => {
    const code = await pausedConsume('order-1', async () => {
      await acceptedElsewhere('order-1');
      await service.expectLedgerToBalance();
      const { operations, floor } = await service.account(userId);
      const forget = [...operations.keys()];
      await service.accounts.prune({ userId, floor: { from: floor, to: floor }, forget, settle: new Map() });
    });
    expect(code).toBe('changed');
    expect(await used()).toBe(1 + 1 + OTHERS + 1);
    // The ledger's audit finds it; after that, the check behind this test has nothing to find.
    await expect(service.expectLedgerToBalance()).rejects.toMatchObject({
      actual: [expect.stringContaining('the operation order-1 is in versions')],
    });
  });

  it('an operation leaves with the second pruning after its record was written, and no earlier', async () => {
    for (let index = 0; index < OTHERS; index += 1) await use(`order-${index}`);
    const remembered = async () => (await service.account(userId)).operations.size;
    await service.expectLedgerToBalance();
    expect(await remembered()).toBe(1 + OTHERS);
    service.clock.advanceMs(pruneEveryMs - 1);
    for (let index = 0; index < OTHERS; index += 1) await use();
    await service.expectLedgerToBalance();
    expect(await remembered()).toBe(1 + 2 * OTHERS);
    service.clock.advanceMs(1);
    await use();
    await service.expectLedgerToBalance();
    expect(await remembered()).toBe(OTHERS + 1);
  });
});

describe('a key with an implausible time when accepted', () => {
  it('is forgotten like any other, although time makes it plausible', async () => {
    const keys = Array.from({ length: OTHERS }, (_, index) =>
      uuidV7(service.now() + RECORD_LIFETIME_MS + index + 1),
    );
    for (const key of keys) expect(await use(key)).toBe('changed');
    for (let round = 0; round < 2; round += 1) {
      service.clock.advanceMs(pruneEveryMs);
      for (let index = 0; index < OTHERS; index += 1) await use();
      await service.expectLedgerToBalance();
    }
    const { operations } = await service.account(userId);
    expect(keys.filter((key) => operations.has(operationKey(key)))).toEqual([]);
  });
});

describe('an account full of remembered operations', () => {
  const fill = async (keyed: boolean): Promise<void> => {
    const account = await service.account(userId);
    const operations = new Map(account.operations);
    const acceptedAtSeconds = Math.floor(service.now() / 1000);
    for (let index = operations.size; index < room; index += 1) {
      operations.set(`operation-${index}`.padEnd(16, '-'), {
        fingerprint: 'abcdef',
        keyed,
        isSettled: false,
        acceptedAtSeconds,
      });
    }
    if (!account.change) throw new Error('a saved account has a change');
    const change = { ...account.change, operationId: randomUUID(), keyed: false, amounts: new Map() };
    const saved = await service.accounts.save({
      ...account,
      version: account.version + 1,
      operations,
      change,
    });
    expect(saved.code).toBe('saved');
  };

  it('returns busy, and admits again once the oldest may leave, with the stream stopped', async () => {
    await fill(false);
    await expect(use()).rejects.toBeInstanceOf(AccountBusy);
    expect(await used()).toBe(1);
    service.clock.advanceMs(pruneEveryMs);
    for (let index = 0; index < 20; index += 1) expect(await use()).toBe('changed');
    expect((await service.account(userId)).operations.size).toBeLessThanOrEqual(room);
    expect(await used()).toBe(21);
  });

  it('keeps callers’ keys until their record exists', async () => {
    await use('order-1');
    await fill(true);
    await expect(use()).rejects.toBeInstanceOf(AccountBusy);
    service.clock.advanceMs(3_600_000);
    // The one minted id leaves and frees one place.
    expect(await use()).toBe('changed');
    await expect(use()).rejects.toBeInstanceOf(AccountBusy);
    await service.expectLedgerToBalance();
    service.clock.advanceMs(pruneEveryMs);
    // One pruning finds the record, the next forgets the key.
    await expect(use()).rejects.toBeInstanceOf(AccountBusy);
    service.clock.advanceMs(pruneEveryMs);
    expect(await use()).toBe('changed');
    expect(await use('order-1')).toBe('replayed');
  });

  it('never sends more than a few requests, however full it is', async () => {
    await fill(false);
    let sent = 0;
    const counting = faultyClient(service.table.documentClient, ({ count }) => {
      sent = count;
      // A consume that retried forever would never end on a frozen clock.
      return count > 50 ? 'dies before' : undefined;
    });
    await expect(use(undefined, service.over(counting))).rejects.toBeInstanceOf(AccountBusy);
    // Two reads of the account, and a pruning of a thousand operations, 200 per write.
    expect(sent).toBeLessThan(10);
  });
});
