import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { adoptTable } from '../../../infra/adopt-table/adopt-table.ts';
import { TableUnderAdoption } from '../../../infra/adopt-table/table-under-adoption.ts';
import { LedgerStore } from '../../../shared/adapters/dynamodb/ledger-store.ts';
import type { LedgerEntry } from '../../../shared/domain/ledger.ts';
import { type AuditLedgerDeps, auditLedger } from '../../../shared/usecases/ledger/audit-ledger.ts';
import { fillLedger } from '../../../shared/usecases/ledger/fill-ledger.ts';
import { consume } from '../../../shared/usecases/quota/consume.ts';
import { localDynamoDB } from '../../support/local-dynamodb.ts';
import { restoreTable } from '../../support/restored-table.ts';
import { units } from '../../support/sample-account.ts';
import { createTestService, type TestService } from '../../support/service.ts';

/** The service over the former table, and over the restored one. */
let former: TestService;
let restored: TestService;
let restoredAt: number;
/** Without a change after the restore. */
const quiet = `quiet-${randomUUID()}`;
/** With one. */
const active = `active-${randomUUID()}`;
/** With one that is not projected. */
const late = `late-${randomUUID()}`;
/** With one, and with one in the former table that is dated at the moment of the restore. */
const close = `close-${randomUUID()}`;
const users = [quiet, active, late, close];

const use = (service: TestService, userId: string, idempotencyKey: string) =>
  consume(service, { userId, amounts: units(1), idempotencyKey });

beforeAll(async () => {
  former = await createTestService();
  former.clock.freezeAt('2040-01-15T12:00:00Z');
  for (const user of users) await use(former, user, 'projected');
  await former.project();
  // The projector has not written these when the table is restored.
  for (const key of ['first missing', 'second missing'])
    for (const user of users) await use(former, user, key);
  restoredAt = former.clock.now();
  const table = await restoreTable(former.table);
  // What happens later in the former table is not part of the restored one.
  await use(former, close, 'lost');
  former.clock.advanceMs(10_000);
  for (const user of users) await use(former, user, 'lost, too');
  await former.project();

  former.clock.advanceMs(600_000);
  const client = localDynamoDB(table.endpoint);
  await adoptTable(new TableUnderAdoption(client, table.tableName, async () => {}), { onStep: () => {} });
  client.destroy();
  restored = former.onTable(table);
  for (const user of [active, close]) await use(restored, user, 'own');
  await restored.project();
  await use(restored, late, 'own');
});
afterAll(async () => {
  await restored.table.drop();
  await former.table.drop();
});

const ledgerOf = ({ table }: TestService) =>
  new LedgerStore({ client: table.documentClient, name: table.tableName });

function audit(userId: string, more: Partial<AuditLedgerDeps> = {}) {
  return auditLedger({ ...restored, sleep: async () => {}, ...more }, userId);
}

const toVersion = ({ version }: LedgerEntry) => version;

const filling: Partial<AuditLedgerDeps> = {
  get restoredAt() {
    return restoredAt;
  },
  fillGaps: (account, missing) =>
    fillLedger(
      { ...restored, ledger: ledgerOf(restored), former: ledgerOf(former), restoredAt },
      account,
      missing,
    ),
};

test('a change that was not projected before the restore is missing in the restored ledger', async () => {
  expect(await audit(quiet, { restoredAt })).toMatchObject({
    findings: [
      'versions 2 to 3 are missing',
      'aiRequest/month: the ledger sums used to 1, the account has 3',
    ],
  });
  expect(await audit(active)).toMatchObject({
    findings: expect.arrayContaining(['versions 2 to 3 are missing']),
  });
});

test('its entry and its record are in the former table, and are copied from there', async () => {
  for (const user of [quiet, active]) {
    expect(await audit(user, filling)).toMatchObject({ findings: [], isBehind: false });
    const ids = (await ledgerOf(restored).newest(user, 10)).map(({ operationId }) => operationId);
    expect(ids).toEqual([
      ...(user === active ? ['own'] : []),
      'second missing',
      'first missing',
      'projected',
    ]);
    expect(await ledgerOf(restored).findRecord(user, 'first missing')).toMatchObject({ version: 2 });
    expect(await ledgerOf(restored).findRecord(user, 'lost, too')).toBeUndefined();
  }
});

test('no later entry of the former table is copied, also where the account has changed since', async () => {
  // Its own version 4 is not projected yet, and the former table has another one.
  expect(await audit(late, filling)).toMatchObject({ isBehind: true });
  await restored.project();
  expect(await audit(late, filling)).toMatchObject({ findings: [], isBehind: false });
  const [newest] = await ledgerOf(restored).newest(late, 1);
  expect(newest).toMatchObject({ version: 4, operationId: 'own' });
});

test('of more versions than are missing, only those from before the restore are copied', async () => {
  const copied = async (userId: string) => {
    const entries: number[] = [];
    const ledger = {
      append: async (page: readonly LedgerEntry[]) => void entries.push(...page.map(toVersion)),
    };
    const deps = { ...restored, ledger, former: ledgerOf(former), restoredAt };
    const missing = [{ from: 1, to: 4 }];
    expect(await fillLedger(deps, await restored.account(userId), missing)).toBe(entries.length);
    return entries.sort();
  };
  // The operation excludes version 4.
  expect(await copied(close)).toEqual([1, 2, 3]);
  // The date does.
  await use(restored, late, 'one more');
  expect(await copied(late)).toEqual([1, 2, 3]);
});

test('a key from before the restore is replayed, one from after is a new operation', async () => {
  expect(await use(restored, quiet, 'second missing')).toMatchObject({ code: 'replayed' });
  expect(await use(restored, quiet, 'lost, too')).toMatchObject({ code: 'changed' });
  await restored.project();
  expect(await audit(quiet, filling)).toMatchObject({ findings: [], isBehind: false });
});
