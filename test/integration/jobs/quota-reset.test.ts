import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Account } from '../../../shared/domain/account.ts';
import { setUserPlan } from '../../../shared/usecases/plans/set-user-plan.ts';
import { consume } from '../../../shared/usecases/quota/consume.ts';
import { mapConcurrently } from '../../../shared/usecases/retry/retry.ts';
import { resetDue } from '../../../shared/usecases/rollover/reset-due.ts';
import { type SweepRequest, sweepDue } from '../../../shared/usecases/rollover/sweep-due.ts';
import { faultyClient } from '../../support/faulty-client.ts';
import { jobContext } from '../../support/jobs.ts';
import { meterRequests } from '../../support/request-meter.ts';
import { counterOf, units } from '../../support/sample-account.ts';
import { createTestService, type TestService } from '../../support/service.ts';

let service: TestService;
/** Every test has a period of its own, so that it finds no accounts of another. */
let start = Date.parse('2033-01-31T12:00:00Z');

beforeAll(async () => {
  service = await createTestService();
  await service.createPlan('daily', [
    { limit: 10, interval: 'day' },
    { feature: 'upload', limit: 10, interval: 'day' },
  ]);
});
beforeEach(async () => {
  service.clock.freezeAt(start);
  await sweep();
});
afterEach(async () => {
  await service.expectLedgerToBalance();
  start += 7 * 86_400_000;
});
afterAll(() => service.table.drop());

const sweep = async (request: Partial<SweepRequest> = {}, from = service.environment()) =>
  sweepDue(from, { mayContinue: () => true, ...request });

/** Users with usage in yesterday's period. */
async function dueUsers(count: number): Promise<string[]> {
  const users = Array.from({ length: count }, () => randomUUID());
  const seeded = await mapConcurrently(service, users, async (userId) => {
    await setUserPlan(service, { userId, planId: 'daily', idempotencyKey: 'plan' });
    await consume(service, { userId, amounts: units(3), idempotencyKey: 'use' });
  });
  expect(seeded.filter(({ status }) => status === 'rejected')).toEqual([]);
  service.clock.advanceMs(86_400_000);
  return users;
}

/** Plan, use, and one rollover: no more and no less. */
const ROLLED_OVER = { version: 3, dueAt: null };

async function expectRolledOverOnce(users: readonly string[]): Promise<void> {
  const accounts: Account[] = [];
  for (const userId of users) accounts.push(await service.account(userId));
  for (const account of accounts) {
    expect(account).toMatchObject({ ...ROLLED_OVER, change: { kind: 'rollover' } });
    expect(counterOf(account)).toMatchObject({ used: 0, remaining: 10, lifetime: 3 });
  }
  await service.project();
  for (const userId of users.slice(0, 5)) {
    const kinds = (await service.ledger.newest(userId, 100)).map(({ kind }) => kind);
    expect(kinds.filter((kind) => kind === 'rollover')).toHaveLength(1);
  }
}

test('two runs at once, and a request of the user’s own between them: one rollover each', async () => {
  const users = await dueUsers(40);
  const [first, second] = await Promise.all([
    sweep(),
    sweep(),
    ...users.slice(0, 5).map((userId) => consume(service.environment(), { userId, amounts: units(1) })),
  ]);
  expect(first.counts.failed + second.counts.failed).toBe(0);
  await expectRolledOverOnce(users.slice(5));
  for (const userId of users.slice(0, 5)) {
    const account = await service.account(userId);
    expect(account.version).toBeLessThanOrEqual(4);
    expect(counterOf(account)).toMatchObject({ used: 1, lifetime: 4 });
  }
});

test('an idle account costs nothing: the index does not list it', async () => {
  const users = await dueUsers(60);
  await sweep();
  service.clock.advanceMs(86_400_000);
  const { requests, reads } = await metered(() => sweep());
  expect(requests).toEqual(Array.from({ length: 16 }, () => 'QueryCommand'));
  // The cost of a query without results.
  expect(reads).toBeLessThanOrEqual(16 * 0.5);
  await expectRolledOverOnce(users.slice(0, 1));
});

test('of many idle accounts, only the due ones are read', async () => {
  await dueUsers(40);
  await sweep();
  const due = await dueUsers(3);
  const { requests, result } = await metered(() => sweep());
  expect(result.counts).toMatchObject({ processed: 3, rolledOver: 3 });
  expect(requests.filter((command) => command !== 'QueryCommand').length).toBeLessThanOrEqual(3 * 2 + 1);
  await expectRolledOverOnce(due);
});

async function metered<T>(work: () => Promise<T>) {
  const meter = meterRequests(service.table.documentClient);
  const result = await work();
  const taken = meter.take();
  const client = service.table.documentClient;
  for (const name of ['askForConsumedCapacity', 'noteConsumedCapacity']) client.middlewareStack.remove(name);
  return {
    result,
    requests: taken.map(({ command }) => command),
    reads: taken.reduce((sum, { units: used = 0 }) => sum + used, 0),
  };
}

test('one account that always fails stops no other, is recorded, and is left to the next run', async () => {
  const users = await dueUsers(30);
  const [broken = ''] = users;
  const noted: (string | undefined)[] = [];
  const failing = service.over(
    faultyClient(service.table.documentClient, ({ command, input }) =>
      command !== 'BatchGetCommand' && input().includes(`ACCOUNT#${broken}"`) ? 'throttled' : undefined,
    ),
  );
  const { counts } = await sweep({ note: (_, userId) => noted.push(userId) }, failing);
  expect(counts).toMatchObject({ processed: 29, failed: 1 });
  expect(noted).toEqual([broken]);
  await expectRolledOverOnce(users.slice(1));
  expect((await sweep()).counts).toMatchObject({ rolledOver: 1, failed: 0 });
  await expectRolledOverOnce([broken]);
});

test('lost answers: saved accounts are not rolled over again', async () => {
  const users = await dueUsers(30);
  const lossy = service.over(
    faultyClient(service.table.documentClient, ({ command }) =>
      command === 'BatchExecuteStatementCommand' ? 'answer lost' : undefined,
    ),
  );
  const { counts } = await sweep({}, lossy);
  expect(counts).toMatchObject({ processed: 30, failed: 0 });
  await expectRolledOverOnce(users);
});

test('pages skip no user while accounts are added and removed', async () => {
  const users = await dueUsers(120);
  const others: Promise<unknown>[] = [];
  // Meanwhile another run rolls accounts over, and more become due.
  const meddle = async () => {
    const some = users.splice(0, 5);
    others.push(...some.map((userId) => consume(service.environment(), { userId, amounts: units(1) })));
  };
  const { counts } = await sweep({ progress: () => void meddle() });
  await Promise.all(others);
  expect(counts.failed).toBe(0);
  await expectRolledOverOnce(users);
  expect((await sweep()).counts.processed).toBe(0);
});

test('chosen features: an account is rolled over only if a period of theirs has ended', async () => {
  const [userId = ''] = await dueUsers(1);
  expect((await sweep({ features: ['nothing'] })).counts.processed).toBe(0);
  expect(await service.account(userId)).toMatchObject({ version: 2 });
  expect((await sweep({ features: ['aiRequest'] })).counts).toMatchObject({ rolledOver: 1 });
  await expectRolledOverOnce([userId]);
});

test('one user: ended periods close, and with force open ones too, once per request', async () => {
  const [ada = '', bob = ''] = await dueUsers(2);
  const reset = (userId: string, force: boolean, onceId: string) =>
    resetDue(service.environment(), { userId, force }, jobContext({ onceId }));
  expect((await reset(ada, false, '1')).counts).toMatchObject({ rolledOver: 1, alreadyDone: 0 });
  expect((await reset(ada, false, '2')).counts).toMatchObject({ rolledOver: 0, alreadyDone: 1 });
  await expectRolledOverOnce([ada]);
  expect(await service.account(bob)).toMatchObject({ version: 2 });

  await consume(service, { userId: ada, amounts: units(4) });
  expect((await reset(ada, true, '3')).counts).toMatchObject({ reset: 1 });
  await consume(service, { userId: ada, amounts: units(2) });
  await reset(ada, true, '3');
  expect(counterOf(await service.account(ada))).toMatchObject({ used: 2, lifetime: 9 });
});
