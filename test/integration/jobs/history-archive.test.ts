import { randomUUID } from 'node:crypto';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readAccountChanges } from '../../../functions/projector/account-changes.ts';
import { LedgerArchive } from '../../../shared/adapters/dynamodb/ledger-archive.ts';
import type { Retention } from '../../../shared/domain/archive/retention.ts';
import type { LedgerEntry } from '../../../shared/domain/ledger.ts';
import { archiveHistory } from '../../../shared/usecases/archive/archive-history.ts';
import type { JobContext } from '../../../shared/usecases/jobs/running-job.ts';
import { auditLedger } from '../../../shared/usecases/ledger/audit-ledger.ts';
import { consume } from '../../../shared/usecases/quota/consume.ts';
import { executingOneStatement } from '../../support/answering-in-part.ts';
import { allItems, archiveDeps, expireHistory, readArchive } from '../../support/archived-history.ts';
import { jobContext } from '../../support/jobs.ts';
import { type EntryItem, spoilEntry } from '../../support/ledger-edits.ts';
import { type LocalBucket, startLocalBucket } from '../../support/local-bucket.ts';
import { createPlans, useForMonths } from '../../support/months-of-use.ts';
import { units } from '../../support/sample-account.ts';
import { createTestService, type TestService } from '../../support/service.ts';

const DAY_MS = 86_400_000;
const RETENTION: Retention = { ledgerDays: 30, usageDays: 92 };

let service: TestService;
let bucket: LocalBucket;
let userId: string;
let others: string[];

beforeEach(async () => {
  service = await createTestService();
  bucket = await startLocalBucket();
  await createPlans(service);
  service.clock.freezeAt('2033-01-03T09:00:00Z');
  userId = `ada-${randomUUID()}`;
  others = Array.from({ length: 1 }, () => `user-${randomUUID()}`);
  await useForMonths(service, [userId, ...others], 6);
});
afterEach(async () => {
  await service.table.drop();
  await bucket.stop();
});

const table = () => ({ client: service.table.documentClient, name: service.table.tableName });
const deps = () => archiveDeps(table(), bucket, service.now);
/** A run of the job, with its notes. */
async function archive(retention = RETENTION, context: Partial<JobContext> = {}) {
  const notes: unknown[] = [];
  const note: JobContext['note'] = (error, user) => notes.push([user, String(error)]);
  const result = await archiveHistory({ ...deps(), retention }, jobContext({ note, ...context }));
  return { ...result, notes };
}
const audit = (user = userId) => auditLedger({ ...service, sleep: async () => {} }, user);
const findingsOf = async (user?: string) => {
  const outcome = await audit(user);
  return outcome.code === 'audited' ? outcome.findings : outcome.code;
};
const ledgerOf = async (user: string): Promise<LedgerEntry[]> =>
  (await service.ledger.newest(user, 10_000)).toReversed();
const spoil = (version: number, edit: (item: EntryItem) => EntryItem | undefined) =>
  spoilEntry(table(), userId, version, edit);

const isHistory = ({ sk }: { sk: string }) => /^(LEDGER|USAGE)#/.test(sk);
const keyOf = ({ pk, sk }: { pk: string; sk: string }) => `${pk} ${sk}`;

describe('the archive of the ledger', () => {
  test('has every entry older than the retention, exactly, and no other', async () => {
    const ledgers = await Promise.all([userId, ...others].map(ledgerOf));
    const before = Date.parse('2033-03-04T00:00:00Z') - 30 * DAY_MS;
    const due = ledgers.flat().filter(({ at }) => at < before);
    expect(due.length).toBeGreaterThan(20);

    const { counts, isComplete } = await archive({ ledgerDays: 30 });
    expect(isComplete).toBe(true);
    expect(counts).toEqual({
      processed: 2,
      failed: 0,
      entries: due.length,
      usage: 0,
      batches: 1,
      blocked: 0,
    });
    const { entries, usage } = await readArchive(bucket);
    const byKey = (a: LedgerEntry, b: LedgerEntry) =>
      a.userId < b.userId ? -1 : a.userId > b.userId ? 1 : a.version - b.version;
    expect(entries.toSorted(byKey)).toEqual(due.toSorted(byKey));
    expect(usage).toEqual([]);
  });

  test('lets the table delete what it has, a week later, and nothing else', async () => {
    const items = (await allItems(table())).filter(isHistory);
    await archive();
    const { entries, usage } = await readArchive(bucket);
    expect(await expireHistory(table(), service.now() + 7 * DAY_MS - 1_000)).toEqual([]);
    const gone = await expireHistory(table(), service.now() + 7 * DAY_MS + 1_000);
    expect(gone).toHaveLength(entries.length + usage.length);
    const kept = (await allItems(table())).filter(isHistory);
    expect([...kept, ...gone].map(keyOf).sort()).toEqual(items.map(keyOf).sort());
  });

  test('leaves ledgers that the audit accepts: before, after, and while their oldest entries leave', async () => {
    const users = [userId, ...others];
    await archive();
    for (const user of users) expect(await findingsOf(user)).toEqual([]);
    service.clock.advanceMs(7 * DAY_MS + 1_000);
    const gone = await expireHistory(table(), service.now());
    for (const item of gone.slice(0, 9))
      await table().client.send(new PutCommand({ TableName: table().name, Item: item }));
    for (const user of users) expect(await findingsOf(user)).toEqual([]);
    await expireHistory(table(), service.now());
    for (const user of users) {
      expect(await audit(user)).toMatchObject({ findings: [], isBehind: false });
      await consume(service, { userId: user, amounts: units(1) });
    }
    await service.project();
    for (const user of users) expect(await findingsOf(user)).toEqual([]);
  });

  test('continues where it ended: every entry is archived once, over many walks', async () => {
    await archive();
    for (let walk = 0; walk < 4; walk += 1) {
      await useForMonths(service, [userId], 1);
      await archive();
      await expireHistory(table(), service.now());
      expect(await findingsOf()).toEqual([]);
    }
    service.clock.advanceMs(60 * DAY_MS);
    await archive();
    service.clock.advanceMs(7 * DAY_MS + 1_000);
    await expireHistory(table(), service.now());
    const { version } = await service.account(userId);
    const { entries } = await readArchive(bucket);
    const own = entries.filter((entry) => entry.userId === userId).map((entry) => entry.version);
    expect(own.toSorted((a, b) => a - b)).toEqual(Array.from({ length: version }, (_, index) => index + 1));
    expect(await service.ledger.newest(userId, 10)).toEqual([]);
    expect(await audit()).toEqual({ code: 'audited', entries: 0, findings: [], isBehind: false });
    expect(await service.ledger.checkpoint(userId)).toMatchObject({ version });
  });

  test('marks every item, also when DynamoDB throttles most of a batch', async () => {
    const part = { ...table(), client: executingOneStatement(service.table.documentClient) };
    const ledgerArchive = new LedgerArchive(part);
    const run = archiveHistory({ ...deps(), ledgerArchive, retention: { ledgerDays: 30 } }, jobContext());
    const { counts } = await run;
    const marked = (await allItems(table())).filter((item) => isHistory(item) && item.ttl !== undefined);
    expect(marked).toHaveLength(Number(counts.entries));
  });

  test('is walked once a week: a run in between reads no account', async () => {
    await archive();
    service.clock.advanceMs(6 * DAY_MS);
    expect((await archive()).counts).toMatchObject({ processed: 0 });
    service.clock.advanceMs(DAY_MS);
    expect((await archive()).counts).toMatchObject({ processed: 2 });
  });

  test('does nothing without a retention', async () => {
    const before = await allItems(table());
    expect(await archive({})).toMatchObject({ isComplete: true, counts: { processed: 0, batches: 0 } });
    expect((await allItems(table())).filter(({ pk }) => pk !== 'ARCHIVE')).toEqual(before);
    expect(await bucket.keys()).toEqual([]);
  });
});

describe('after the archive, the audit finds', () => {
  test('a unit lost after the checkpoint', async () => {
    await archive();
    const { version } = (await service.ledger.checkpoint(userId)) ?? { version: 0 };
    await spoil(version + 2, (item) => ({ ...item, x: [] }));
    expect(await findingsOf()).toEqual(
      expect.arrayContaining([expect.stringMatching(/the ledger sums (used|held|limit) to/)]),
    );
    await spoil(version + 2, () => undefined);
    expect(await findingsOf()).toContain(`version ${version + 2} is missing`);
  });

  test('an entry lost before it, until it may have expired', async () => {
    await archive();
    await spoil(4, () => undefined);
    expect(await findingsOf()).toEqual(['version 4 is missing']);
    service.clock.advanceMs(7 * DAY_MS);
    expect(await findingsOf()).toEqual([]);
  });

  test('a unit invented before it, while its entries exist', async () => {
    await archive();
    // Units of a gauge, whose period never closes.
    await spoil(2, (item) => ({ ...item, x: item.x.map((delta) => ({ ...delta, u: 900 })) }));
    expect(await findingsOf()).toEqual(
      expect.arrayContaining([expect.stringMatching(/^the checkpoint at version \d+ has \d+ used of/)]),
    );
  });
});

describe('a ledger with a gap', () => {
  test('is archived up to the gap, and after it once the gap is closed', async () => {
    const kept: EntryItem[] = [];
    await spoil(5, (item) => {
      kept.push(item);
      return undefined;
    });
    const { counts, notes } = await archive();
    expect(counts).toMatchObject({ processed: 2, blocked: 1, failed: 0 });
    expect(notes).toEqual([
      [userId, 'LedgerGap: version 5 of the ledger is missing: later entries are not archived'],
    ]);
    const own = async () => (await readArchive(bucket)).entries.filter((entry) => entry.userId === userId);
    expect((await own()).map(({ version }) => version)).toEqual([1, 2, 3, 4]);
    expect(await findingsOf()).toContain('version 5 is missing');

    for (const Item of kept)
      await table().client.send(new PutCommand({ TableName: table().name, Item: { ...Item } }));
    service.clock.advanceMs(7 * DAY_MS);
    expect((await archive()).counts).toMatchObject({ blocked: 0 });
    expect((await own()).length).toBeGreaterThan(10);
    expect(await findingsOf()).toEqual([]);
  });
});

test('deletions by TTL appear in the stream and change nothing', async () => {
  const changes = await service.stream.changes();
  await archive();
  service.clock.advanceMs(8 * DAY_MS);
  const gone = await expireHistory(table(), service.now());
  // As DynamoDB marks its own deletions.
  const userIdentity = { type: 'Service', principalId: 'dynamodb.amazonaws.com' };
  const records = (await service.stream.records()).map((record) =>
    record.eventName === 'REMOVE' ? { ...record, userIdentity } : record,
  );
  expect(records.filter(({ eventName }) => eventName === 'REMOVE')).toHaveLength(gone.length);
  const { changes: read, poison } = readAccountChanges(records);
  expect({ read: read.length, poison }).toEqual({ read: changes.length, poison: undefined });
});
