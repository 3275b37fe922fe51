import { randomUUID } from 'node:crypto';
import { ulid } from 'ulid';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DEDUPE_WINDOW } from '../../shared/domain/dedupe-window.ts';
import { OutcomeUnknown } from '../../shared/domain/faults.ts';
import { FOLLOWED_MS } from '../../shared/domain/next-version.ts';
import { operationKey } from '../../shared/domain/operation.ts';
import { consume } from '../../shared/usecases/quota/consume.ts';
import { grantQuota } from '../../shared/usecases/quota/grant-quota.ts';
import { HeldWrites } from '../support/held-writes.ts';
import { counterOf, units } from '../support/sample-account.ts';
import { createTestService, type TestService } from '../support/service.ts';
import { uuidV7 } from '../support/uuid-v7.ts';

const SECOND_MS = 1_000;
const HOUR_MS = 3_600_000;
const OTHERS = DEDUPE_WINDOW.pruneAbove + 1;
const REFUSED = 'ConditionalCheckFailedException';

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
const remembers = async (key: string) => (await service.account(userId)).operations.has(operationKey(key));

/** An environment whose writes are held, with its clock `aheadMs` ahead of the others. */
function holding(held: HeldWrites, aheadMs = 0): TestService {
  const now = () => service.clock.now() + aheadMs;
  return service.over(held.client, { now });
}

/** Holds every write, as long as its sender has time. */
const holdAll = () =>
  new HeldWrites(service.table.documentClient, () => service.clock.advanceMs(DEDUPE_WINDOW.budgetMs));

/** A consume that gets no answer within its budget; its operation id. */
async function sendIntoTheNetwork(held: HeldWrites, key?: string, aheadMs = 0): Promise<string> {
  const call = consume(holding(held, aheadMs), { userId, amounts: units(1), idempotencyKey: key });
  const error = await call.catch((reason: unknown) => reason);
  if (!(error instanceof OutcomeUnknown)) throw new Error('expected an unknown outcome', { cause: error });
  return error.operationId;
}

/** Others use the account, and the projector prunes it twice: earlier operations are forgotten. */
async function othersUseTheAccount(): Promise<void> {
  for (let round = 0; round < 2; round += 1) {
    for (let index = 0; index < OTHERS; index += 1) await use();
    await service.expectLedgerToBalance();
    service.clock.advanceMs(DEDUPE_WINDOW.pruneEveryMs);
  }
}

describe('Charged once, despite late delivery', () => {
  const keys = [
    ['a key of the caller’s own', () => randomUUID()],
    ['a UUIDv7 made now', () => uuidV7(service.now())],
    ['a ULID made now', () => ulid(service.now())],
    ['a UUIDv7 dated two seconds ahead', () => uuidV7(service.now() + 2 * SECOND_MS)],
    ['a UUIDv7 dated fifty seconds ahead', () => uuidV7(service.now() + 50 * SECOND_MS)],
    ['an id like a minted one', () => `op_${ulid(service.now())}`],
  ] as const;

  for (const lateMs of [0, 11 * SECOND_MS, 16 * SECOND_MS, 60 * SECOND_MS, HOUR_MS]) {
    it.each(keys)(
      `a write delivered ${lateMs / SECOND_MS} s after its operation was forgotten is refused: %s`,
      async (_, makeKey) => {
        const key = makeKey();
        const held = holdAll();
        await sendIntoTheNetwork(held, key);
        await service.expectLedgerToBalance();
        expect(await use(key)).toBe('changed');
        await othersUseTheAccount();
        const before = await used();
        service.clock.advanceMs(lateMs);
        expect(held.count).toBeGreaterThan(0);
        expect(new Set(await held.deliver())).toEqual(new Set([REFUSED]));
        expect(await used()).toBe(before);
        expect(await use(key)).toBe('replayed');
      },
    );
  }

  it('the first try of a call without a key is refused after its second try was forgotten', async () => {
    const held = new HeldWrites(
      service.table.documentClient,
      () => {},
      (count) => count === 1,
    );
    expect(await use(undefined, holding(held))).toBe('changed');
    await othersUseTheAccount();
    service.clock.advanceMs(HOUR_MS);
    expect(await held.deliver()).toEqual([REFUSED]);
    expect(await used()).toBe(2 + 2 * OTHERS);
  });

  it('a returned id and the write it was minted for: one is charged, whichever comes first', async () => {
    for (const isFirst of [true, false]) {
      const held = holdAll();
      const id = await sendIntoTheNetwork(held);
      await service.expectLedgerToBalance();
      const before = await used();
      if (isFirst) expect(await held.deliver()).toContain('applied');
      expect(await use(id)).toBe(isFirst ? 'replayed' : 'changed');
      await othersUseTheAccount();
      expect(await remembers(id)).toBe(false);
      await held.deliver();
      expect(await use(id)).toBe('replayed');
      expect(await used()).toBe(before + 1 + 2 * OTHERS);
    }
  });

  it('a write dated after the retry that was accepted, by a clock ahead, is refused', async () => {
    const key = 'order-of-two-clocks';
    const held = holdAll();
    await sendIntoTheNetwork(held, key, 900);
    service.clock.advanceMs(-DEDUPE_WINDOW.budgetMs);
    expect(await use(key)).toBe('changed');
    // The account gets only two prunings.
    for (let round = 0; round < 2; round += 1) {
      const account = await service.account(userId);
      const floor = { from: account.floor, to: service.now() - DEDUPE_WINDOW.floorLagMs };
      const all = [...account.operations];
      const isSecond = round === 1;
      await service.project();
      await service.accounts.prune({
        userId,
        floor,
        forget: isSecond ? all.map(([operation]) => operation) : [],
        settle: new Map(
          isSecond ? [] : all.map(([operation, accepted]) => [operation, { ...accepted, isSettled: true }]),
        ),
      });
      service.clock.advanceMs(DEDUPE_WINDOW.pruneEveryMs);
    }
    expect(await remembers(key)).toBe(false);
    expect(new Set(await held.deliver())).toEqual(new Set([REFUSED]));
    expect(await used()).toBe(2);
  });

  it('a blind write is refused if the last change is dated after it, however far ahead', async () => {
    for (const aheadMs of [1, 4 * SECOND_MS, 16 * SECOND_MS, HOUR_MS]) {
      userId = randomUUID();
      await use(undefined, service.environment({ now: () => service.clock.now() + aheadMs }));
      const [now, operationId] = [service.now(), randomUUID()];
      const amounts = units(1);
      const change = {
        kind: 'consume' as const,
        operationId,
        keyed: true,
        fingerprint: 'abcdef',
        at: now,
        amounts,
      };
      const debit = { userId, amounts, change, layout: new Map(), now, asOf: now };
      expect((await service.accounts.debit(debit)).code).toBe('refused');
      expect(await use()).toBe('changed');
      expect(await used()).toBe(2);
      // A date that is plainly wrong is not followed, and the ledger's audit reports it.
      const findings = aheadMs > FOLLOWED_MS ? ['version 2 is dated before version 1'] : undefined;
      const balance = service.expectLedgerToBalance();
      await (findings ? expect(balance).rejects.toMatchObject({ actual: findings }) : balance);
    }
  });

  it('a pruning delivered an hour late forgets nothing that may be repeated', async () => {
    for (let index = 0; index < OTHERS; index += 1) await use(`order-${index}`);
    const held = holdAll();
    await service.project();
    const account = await service.account(userId);
    const pruning = service.over(held.client).accounts.prune({
      userId,
      floor: { from: account.floor, to: account.floor + DEDUPE_WINDOW.pruneEveryMs },
      forget: [...account.operations.keys()],
      settle: new Map(),
    });
    await expect(pruning).rejects.toThrow('answer was lost');
    await othersUseTheAccount();
    service.clock.advanceMs(HOUR_MS);
    expect(await held.deliver()).toEqual([REFUSED]);
    for (let index = 0; index < OTHERS; index += 1) expect(await use(`order-${index}`)).toBe('replayed');
  });
});

describe('an id like a minted one', () => {
  it('dated fifty seconds ahead is charged once, whatever happens in between', async () => {
    const key = `op_${ulid(service.now() + 50 * SECOND_MS)}`;
    expect(await use(key)).toBe('changed');
    for (let index = 0; index < 120; index += 1) await use();
    await service.expectLedgerToBalance();
    await othersUseTheAccount();
    expect(await use(key)).toBe('replayed');
    service.clock.advanceMs(60 * SECOND_MS);
    await othersUseTheAccount();
    expect(await use(key)).toBe('replayed');
  });

  it.each([
    ['in 1970', () => 1, 1],
    ['a year ago', () => service.now() - 365 * 24 * HOUR_MS, 20],
    ['a minute ago', () => service.now() - 60 * SECOND_MS, 12],
  ])('dated %s reads only a few pages of a long ledger', async (_, date, mostReads) => {
    for (let index = 0; index < 250; index += 1) {
      await use();
      service.clock.advanceMs(1_000);
    }
    await service.expectLedgerToBalance();
    const counted = { reads: 0 };
    const client = service.table.documentClient;
    const send = async (command: object, ...rest: never[]) => {
      if (/Query|Get/.test(command.constructor.name)) counted.reads += 1;
      return client.send(command as never, ...rest); // passed on unchanged
    };
    const counting = service.over({ send: send as typeof client.send });
    expect(await use(`op_${ulid(date())}`, counting)).toBe('changed');
    expect(counted.reads).toBeLessThanOrEqual(mostReads);
  });
});

describe('Denied calls change nothing, despite late delivery', () => {
  const tooMuch = 10_000;
  const holdFirst = () =>
    new HeldWrites(
      service.table.documentClient,
      () => {},
      (count) => count === 1,
    );
  const grant = () => grantQuota(service, { userId, feature: 'aiRequest', amount: 1, reason: 'test' });

  it('a call is not denied while its first write may yet be applied', async () => {
    const held = holdFirst();
    const id = await consume(holding(held, 400), { userId, amounts: units(tooMuch) }).then(
      ({ code }) => code,
      (error: unknown) => (error instanceof OutcomeUnknown ? error.operationId : error),
    );
    expect((await grant()).code).toBe('changed');
    expect(await held.deliver()).toEqual(['applied']);
    const again = { userId, amounts: units(tooMuch), idempotencyKey: String(id) };
    expect((await consume(service, again)).code).toBe('replayed');
    expect(await used()).toBe(1 + tooMuch);
  });

  it('a call is denied after a change that refuses its first write forever', async () => {
    const held = holdFirst();
    const sleep = async () => {
      service.clock.advanceMs(1);
      await use();
    };
    const environment = service.over(held.client, { sleep });
    const call = consume(environment, { userId, amounts: units(tooMuch) });
    const code = await call.then(
      (outcome) => outcome.code,
      (error: OutcomeUnknown) => error.code,
    );
    expect(code).toBe('denied');
    expect((await grant()).code).toBe('changed');
    expect((await grant()).code).toBe('changed');
    expect(await held.deliver()).toEqual([REFUSED]);
    expect(await used()).toBe(2);
  });
});
