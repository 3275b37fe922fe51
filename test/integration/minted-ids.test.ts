import { randomUUID } from 'node:crypto';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DEDUPE_WINDOW } from '../../shared/domain/dedupe-window.ts';
import { AccountBusy, OutcomeUnknown } from '../../shared/domain/faults.ts';
import { operationKey } from '../../shared/domain/operation.ts';
import { consume } from '../../shared/usecases/quota/consume.ts';
import { type Fate, faultyClient } from '../support/faulty-client.ts';
import { type EntryItem, spoilEntry } from '../support/ledger-edits.ts';
import { untilAnswered } from '../support/patient-caller.ts';
import { counterOf, units } from '../support/sample-account.ts';
import { createTestService, type TestService } from '../support/service.ts';

const OTHERS = DEDUPE_WINDOW.pruneAbove + 1;

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

const use = async (idempotencyKey?: string): Promise<string> =>
  (await consume(service.environment(), { userId, amounts: units(1), idempotencyKey })).code;
const used = async () => counterOf(await service.account(userId)).used;
const useOften = async (times: number) => {
  for (let index = 0; index < times; index += 1) await use();
};

/**
 * One consume without a key: its write meets a fate, the time budget ends, and the caller receives the
 * operation id.
 */
async function consumeIntoTheUnknown(fate: Fate): Promise<string> {
  const lossy = faultyClient(service.table.documentClient, () => {
    service.clock.advanceMs(DEDUPE_WINDOW.budgetMs);
    return fate;
  });
  const call = consume(service.over(lossy), { userId, amounts: units(1) });
  const error = await call.catch((reason: unknown) => reason);
  if (!(error instanceof OutcomeUnknown)) throw new Error('expected an unknown outcome', { cause: error });
  return error.operationId;
}

/** Others use the account, and the projector prunes it twice: earlier operations are forgotten. */
async function othersUseTheAccount(): Promise<void> {
  for (let round = 0; round < 2; round += 1) {
    await useOften(OTHERS);
    await service.expectLedgerToBalance();
    service.clock.advanceMs(DEDUPE_WINDOW.pruneEveryMs);
  }
}

describe('Charged once: an operation id sent as key after outcome_unknown', () => {
  it('is found in the account when it was applied', async () => {
    const id = await consumeIntoTheUnknown('answer lost');
    expect(await used()).toBe(2);
    expect(await use(id)).toBe('replayed');
    expect(await used()).toBe(2);
  });

  it('is charged now when it was not applied', async () => {
    const id = await consumeIntoTheUnknown('hangs');
    expect(await used()).toBe(1);
    expect(await use(id)).toBe('changed');
    expect(await use(id)).toBe('replayed');
    expect(await used()).toBe(2);
  });

  it('is charged once when many send it at once', async () => {
    const id = await consumeIntoTheUnknown('hangs');
    const codes = await Promise.all(Array.from({ length: 40 }, () => untilAnswered((key) => use(key ?? id))));
    expect(codes.filter((code) => code === 'changed')).toHaveLength(1);
    expect(await used()).toBe(2);
  });

  it('is found in the ledger when the account has forgotten it', async () => {
    const id = await consumeIntoTheUnknown('answer lost');
    await othersUseTheAccount();
    expect((await service.account(userId)).operations.has(operationKey(id))).toBe(false);
    expect(await use(id)).toBe('replayed');
    const other = await consume(service, { userId, amounts: units(2), idempotencyKey: id });
    expect(other.code).toBe('key_reused');
    expect(await used()).toBe(2 + 2 * OTHERS);
  });

  it('is found behind more entries than one read returns', async () => {
    const id = await consumeIntoTheUnknown('answer lost');
    await useOften(130);
    await othersUseTheAccount();
    expect(await use(id)).toBe('replayed');
  });

  it('is not answered while the ledger is behind and the account has forgotten operations it lacks', async () => {
    const id = await consumeIntoTheUnknown('hangs');
    await useOften(3);
    const account = await service.account(userId);
    await service.accounts.prune({
      userId,
      floor: { from: account.floor, to: account.floor },
      forget: [...account.operations.keys()].slice(0, 2),
      settle: new Map(),
    });
    await expect(use(id)).rejects.toBeInstanceOf(AccountBusy);
    expect(await used()).toBe(4);
    await service.expectLedgerToBalance();
    expect(await use(id)).toBe('changed');
  });

  it.each([
    ['the first change of the account', 0, 0],
    ['older than all entries that one read returns', 46, 84],
  ])('is not answered while its own ledger entry is missing: %s', async (_, before, after) => {
    userId = randomUUID();
    await useOften(before);
    const accepted = await consume(service.environment(), { userId, amounts: units(1) });
    if (accepted.code !== 'changed') throw new Error('expected it to be accepted');
    const id = accepted.operationId;
    await useOften(after);
    await othersUseTheAccount();
    let entry: EntryItem | undefined;
    await spoilEntry(
      { client: service.table.documentClient, name: service.table.tableName },
      userId,
      before + 1,
      (item) => {
        entry = item;
        return undefined;
      },
    );
    await expect(use(id)).rejects.toBeInstanceOf(AccountBusy);
    expect(await used()).toBe(before + 1 + after + 2 * OTHERS);
    // The stream delivers the withheld record.
    await service.table.documentClient.send(
      new PutCommand({ TableName: service.table.tableName, Item: { ...entry } }),
    );
    expect(await use(id)).toBe('replayed');
  });

  it('of an unknown user is charged now', async () => {
    userId = randomUUID();
    const id = await consumeIntoTheUnknown('hangs');
    expect(await use(id)).toBe('changed');
    expect(await used()).toBe(1);
  });
});
