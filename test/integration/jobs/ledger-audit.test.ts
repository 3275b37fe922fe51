import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { AccountScan } from '../../../shared/adapters/dynamodb/account-scan.ts';
import type { LedgerEntry } from '../../../shared/domain/ledger.ts';
import type { JobContext } from '../../../shared/usecases/jobs/running-job.ts';
import { type AuditLedgerDeps, auditLedger } from '../../../shared/usecases/ledger/audit-ledger.ts';
import { auditLedgers } from '../../../shared/usecases/ledger/audit-ledgers.ts';
import { consume } from '../../../shared/usecases/quota/consume.ts';
import { mapConcurrently } from '../../../shared/usecases/retry/retry.ts';
import { jobContext } from '../../support/jobs.ts';
import { type EntryItem, spoilEntry } from '../../support/ledger-edits.ts';
import { units } from '../../support/sample-account.ts';
import { createTestService, type TestService } from '../../support/service.ts';

let service: TestService;
let userId: string;
const users: string[] = [];

beforeAll(async () => {
  service = await createTestService();
  for (let count = 0; count < 60; count += 1) users.push(`sound-${randomUUID()}`);
  const made = await mapConcurrently(service, users, (user) =>
    consume(service, { userId: user, amounts: units(2), idempotencyKey: 'use' }),
  );
  expect(made.filter(({ status }) => status === 'rejected')).toEqual([]);
});
beforeEach(async () => {
  userId = `spoilt-${randomUUID()}`;
  for (let count = 0; count < 6; count += 1) await consume(service, { userId, amounts: units(1) });
  await service.project();
});
afterAll(() => service.table.drop());

/** Without the pauses. */
const deps = (more: Partial<AuditLedgerDeps> = {}) => ({
  ...service,
  accountScan: new AccountScan(table()),
  sleep: async () => {},
  ...more,
});
const table = () => ({ client: service.table.documentClient, name: service.table.tableName });
const audit = (more: Partial<AuditLedgerDeps> = {}) => auditLedger(deps(more), userId);
const spoil = (version: number, edit: (item: EntryItem) => EntryItem | undefined) =>
  spoilEntry(table(), userId, version, edit);
const findingsOf = async () => {
  const outcome = await audit();
  return outcome.code === 'audited' ? outcome.findings : outcome.code;
};
/** A run over all accounts, with its findings. */
async function runAudit(context: Partial<JobContext> = {}) {
  const notes: [string | undefined, unknown][] = [];
  const note: JobContext['note'] = (error, user) => notes.push([user, error]);
  const result = await auditLedgers(deps(), {}, jobContext({ note, ...context }));
  return { ...result, notes };
}

describe('the audit of one account finds', () => {
  test('nothing in a consistent one', async () => {
    expect(await audit()).toEqual({ code: 'audited', entries: 6, findings: [], isBehind: false });
  });

  test('a missing entry', async () => {
    await spoil(4, () => undefined);
    expect(await findingsOf()).toEqual([
      'version 4 is missing',
      'aiRequest/month: the ledger sums used to 5, the account has 6',
    ]);
  });

  test('an operation id in two entries', async () => {
    const [, , , , second] = await service.ledger.newest(userId, 10);
    const id = second?.operationId ?? '';
    await spoil(5, (item) => ({ ...item, g: { ...item.g, o: id } }));
    expect(await findingsOf()).toEqual([`the operation ${id} is in versions 2 and 5`]);
  });

  test('a wrong sum', async () => {
    await spoil(3, (item) => ({ ...item, x: item.x.map((delta) => ({ ...delta, u: 7 })) }));
    expect(await findingsOf()).toEqual(['aiRequest/month: the ledger sums used to 12, the account has 6']);
  });

  test('dates out of order', async () => {
    await spoil(3, (item) => ({ ...item, g: { ...item.g, t: item.g.t - 60_000 } }));
    expect(await findingsOf()).toEqual(['version 3 is dated before version 2']);
  });

  test('nothing when the user has no account', async () => {
    userId = 'nobody';
    expect(await audit()).toEqual({ code: 'gone' });
  });
});

describe('a ledger behind its account', () => {
  beforeEach(async () => {
    for (let count = 0; count < 2; count += 1) await consume(service, { userId, amounts: units(1) });
  });

  test('is audited as far as it reaches', async () => {
    expect(await audit()).toEqual({ code: 'audited', entries: 6, findings: [], isBehind: true });
    await spoil(4, () => undefined);
    expect(await audit()).toMatchObject({ findings: ['version 4 is missing'], isBehind: true });
  });

  test('is waited for', async () => {
    const sleep = async () => service.project();
    expect(await audit({ sleep })).toEqual({ code: 'audited', entries: 8, findings: [], isBehind: false });
  });

  test('lacks entries for good once the stream has dropped them', async () => {
    const later = { now: () => service.now() + 24 * 3_600_000 + 1 };
    expect(await audit(later)).toMatchObject({
      findings: ['versions 7 to 8 are missing', expect.stringContaining('sums used to 6, the account has 8')],
      isBehind: false,
    });
  });

  test('grows while it is read: the account of the first read counts', async () => {
    await service.project();
    const ledger = {
      checkpoint: async () => undefined,
      newest: async (...asked: Parameters<TestService['ledger']['newest']>) => {
        await consume(service, { userId, amounts: units(1) });
        await service.project();
        return service.ledger.newest(...asked);
      },
    };
    expect(await audit({ ledger })).toMatchObject({ entries: 8, findings: [], isBehind: false });
  });
});

test('a finding absent at the second read is dropped', async () => {
  const kept: EntryItem[] = [];
  await spoil(4, (item) => {
    kept.push(item);
    return undefined;
  });
  const { client, name: TableName } = table();
  const { PutCommand } = await import('@aws-sdk/lib-dynamodb');
  const sleep = async () => {
    for (const Item of kept) await client.send(new PutCommand({ TableName, Item: { ...Item } }));
  };
  expect(await audit({ sleep })).toMatchObject({ findings: [] });
});

describe('the job', () => {
  test('audits every account once, and records each finding', async () => {
    await spoil(4, () => undefined);
    const { counts, isComplete, notes } = await runAudit();
    expect(isComplete).toBe(true);
    expect(counts.processed).toBeGreaterThanOrEqual(61);
    expect(counts).toMatchObject({ failed: 0, findings: 2, faulty: 1, behind: 0 });
    expect(notes).toEqual([
      [userId, 'version 4 is missing'],
      [userId, 'aiRequest/month: the ledger sums used to 5, the account has 6'],
    ]);
    await spoil(5, () => undefined);
    await spoil(6, () => undefined);
  });

  test('that is cut short is continued until every account was audited', async () => {
    const audits = new Map<string, number>();
    const accounts = {
      read: (user: string, options: { consistent: boolean }) => {
        audits.set(user, (audits.get(user) ?? 0) + 1);
        return service.accounts.read(user, options);
      },
    };
    let checkpoint: string | undefined;
    let runs = 0;
    for (let isComplete = false; !isComplete; runs += 1) {
      let looks = 0;
      const context = jobContext({
        checkpoint,
        // Each segment asks before its first page, and before each chunk.
        mayContinue: () => {
          looks += 1;
          return looks <= 5;
        },
        progress: (_, position) => {
          checkpoint = position ?? checkpoint;
        },
      });
      ({ isComplete } = await auditLedgers(deps({ accounts }), {}, context));
      expect(runs).toBeLessThan(30);
    }
    expect(runs).toBeGreaterThan(1);
    for (const user of users) expect(audits.get(user), user).toBeGreaterThanOrEqual(1);
    // An interrupted chunk is audited again, and so is a broken account.
    expect(Math.max(...users.map((user) => audits.get(user) ?? 0))).toBeLessThanOrEqual(2);
  });

  test('for one user audits that user', async () => {
    await spoil(4, () => undefined);
    const result = await auditLedgers(deps(), { userId }, jobContext());
    expect(result).toMatchObject({
      counts: { processed: 1, entries: 5, findings: 2, faulty: 1 },
      isComplete: true,
    });
  });

  test('counts an unreadable account as failed, and continues', async () => {
    const accounts = {
      read: (user: string, options: { consistent: boolean }) =>
        user === userId ? Promise.reject(new Error('unreadable')) : service.accounts.read(user, options),
    };
    const result = await auditLedgers(deps({ accounts }), {}, jobContext());
    expect(result.counts).toMatchObject({ failed: 1 });
    expect(result.counts.processed).toBeGreaterThanOrEqual(60);
  });
});

test('a ledger of 100,000 entries takes little memory', async () => {
  const [sample] = await service.ledger.newest(userId, 1);
  if (!sample) throw new Error('the user has a ledger');
  const account = await service.account(userId);
  const all = 100_000;
  const pages: number[] = [];
  const ledger = {
    checkpoint: async () => undefined,
    newest: async (_: string, limit: number, to = all): Promise<LedgerEntry[]> => {
      pages.push(limit);
      return Array.from({ length: Math.min(limit, to) }, (_entry, index) => ({
        ...sample,
        version: to - index,
        operationId: `op-${to - index}`,
        deltas: to - index === 1 ? sample.deltas.map((delta) => ({ ...delta, used: 6, limit: 100 })) : [],
      }));
    },
  };
  const accounts = { read: async () => ({ ...account, version: all }) };
  global.gc?.();
  const before = process.memoryUsage().heapUsed;
  let most = 0;
  const mayContinue = () => {
    most = Math.max(most, process.memoryUsage().heapUsed);
    return true;
  };
  expect(await auditLedger(deps({ ledger, accounts }), userId, mayContinue)).toEqual({
    code: 'audited',
    entries: all,
    findings: [],
    isBehind: false,
  });
  expect(Math.max(...pages)).toBeLessThanOrEqual(1_000);
  expect((most - before) / 2 ** 20).toBeLessThan(64);
});
