import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DEDUPE_WINDOW } from '../../shared/domain/dedupe-window.ts';
import { mintOperationId } from '../../shared/domain/operation.ts';
import { archiveHistory } from '../../shared/usecases/archive/archive-history.ts';
import { consume } from '../../shared/usecases/quota/consume.ts';
import { archiveDeps, expireHistory } from '../support/archived-history.ts';
import { jobContext } from '../support/jobs.ts';
import { type LocalBucket, startLocalBucket } from '../support/local-bucket.ts';
import { counterOf, units } from '../support/sample-account.ts';
import { createTestService, type TestService } from '../support/service.ts';

const DAY_MS = 86_400_000;
let service: TestService;
let bucket: LocalBucket;
let userId: string;

beforeAll(async () => {
  service = await createTestService();
  await service.createPlan('free', [{ limit: 10_000 }]);
  bucket = await startLocalBucket();
  service.clock.freezeAt('2033-05-10T12:00:00Z');
});
beforeEach(() => {
  userId = randomUUID();
});
afterEach(() => service.expectLedgerToBalance());
afterAll(async () => {
  await service.table.drop();
  await bucket.stop();
});

const use = (idempotencyKey?: string) =>
  consume(service.environment(), { userId, amounts: units(1), idempotencyKey });
const code = async (idempotencyKey?: string) => (await use(idempotencyKey)).code;
const used = async () => counterOf(await service.account(userId)).used;
const days = (count: number) => service.clock.advanceMs(count * DAY_MS);

/** An accepted operation without a key, and the id that it was given. */
async function accepted(): Promise<string> {
  const outcome = await use();
  if (outcome.code !== 'changed') throw new Error(`unexpected: ${outcome.code}`);
  return outcome.operationId;
}

/** Others use the account, and the projector prunes it twice: earlier operations are forgotten. */
async function othersUseTheAccount(): Promise<void> {
  for (let round = 0; round < 2; round += 1) {
    for (let call = 0; call <= DEDUPE_WINDOW.pruneAbove; call += 1) await use();
    await service.expectLedgerToBalance();
    service.clock.advanceMs(DEDUPE_WINDOW.pruneEveryMs);
  }
}

/** The ledger of the last 30 days is kept, and the table has deleted what it may. */
async function archive(): Promise<void> {
  const table = { client: service.table.documentClient, name: service.table.tableName };
  const deps = { ...archiveDeps(table, bucket, service.now), retention: { ledgerDays: 30 } };
  expect((await archiveHistory(deps, jobContext())).counts).toMatchObject({ failed: 0, blocked: 0 });
  days(8);
  await expireHistory(table, service.now());
}

describe('Charged once: an operation id that is sent back as a key', () => {
  it('from before the ledger that is kept is refused, whether it was accepted or not', async () => {
    const before = mintOperationId(service.now());
    service.clock.advanceMs(1_000);
    const id = await accepted();
    await othersUseTheAccount();
    days(40);
    await archive();
    const charged = await used().catch(() => 0);
    expect(await code(id)).toBe('key_expired');
    expect(await code(before)).toBe('key_expired');
    expect(await used()).toBe(charged);
  });

  it('from the ledger that is kept is replayed', async () => {
    await accepted();
    await service.expectLedgerToBalance();
    days(25);
    const id = await accepted();
    await othersUseTheAccount();
    days(10);
    await archive();
    expect((await service.ledger.checkpoint(userId))?.version).toBe(1);
    expect(await code(id)).toBe('replayed');
  });

  it('and was not accepted, is charged now if its time is in the ledger that is kept', async () => {
    await accepted();
    await service.expectLedgerToBalance();
    days(25);
    const id = mintOperationId(service.now());
    await othersUseTheAccount();
    days(10);
    await archive();
    const [first, again] = [await code(id), await code(id)];
    expect([first, again]).toEqual(['changed', 'replayed']);
  });

  it('of an account whose whole ledger was archived is judged by its time', async () => {
    const id = await accepted();
    await service.expectLedgerToBalance();
    days(60);
    await archive();
    expect(await service.ledger.newest(userId, 10)).toEqual([]);
    const late = mintOperationId(service.now());
    service.clock.advanceMs(10_000);
    await othersUseTheAccount();
    expect(await code(id)).toBe('key_expired');
    expect(await code(late)).toBe('changed');
  });
});
